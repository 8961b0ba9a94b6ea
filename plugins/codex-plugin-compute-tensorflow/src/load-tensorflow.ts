import { createRequire } from "node:module";
import { join } from "node:path";
import util from "node:util";
import { env, findBackend, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { installOperators, registerCoreGradients } from "codex-nn";
import { BindingMemory } from "./binding-memory.js";
import { computeTensorflowErrors } from "./errors.js";
import { installKernels } from "./kernels/install-kernels.js";
import { handOver, type NodeBackend } from "./node-binding.js";
import { packageName, readStamp, runtimeFolder, type Variant } from "./runtime-folder.js";

/** The name under which tfjs knows TensorFlow. */
export const tensorflowBackendName = "tensorflow";

/** What was loaded. */
export interface TensorflowRuntime {
  readonly variant: Variant;
  /** TensorFlow's version. */
  readonly version: string;
  readonly usesGpu: boolean;
  readonly memory: BindingMemory;
}

let loaded: TensorflowRuntime | undefined;
/** Loads go one after another: two at once would complete kernels, and count the binding's memory, twice. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Loads TensorFlow from where the installer put it, once a process, and completes its kernels.
 *
 * @param wanted variants that may be taken, the best first; what is loaded already goes before
 * @throws CODEX_COMPUTE_RUNTIME_MISSING when none of them is installed, or what is there cannot be loaded.
 */
export function loadTensorflow(wanted: readonly Variant[]): Promise<TensorflowRuntime> {
  const load = turn.then(() => loadOnce(wanted));
  turn = load.catch(() => undefined);
  return load;
}

async function loadOnce(wanted: readonly Variant[]): Promise<TensorflowRuntime> {
  if (loaded && wanted.includes(loaded.variant)) return loaded;
  const variant = wanted.find((each) => readStamp(runtimeFolder(each, process.env)));
  if (!variant || loaded) throw missing(wanted);
  const folder = runtimeFolder(variant, process.env);
  try {
    await requireQuietly(folder, packageName(variant));
  } catch (error) {
    throw computeTensorflowErrors.CODEX_COMPUTE_RUNTIME_MISSING({
      what: `TensorFlow is installed, but cannot be loaded: ${(error as Error).message.split("\n")[0]}`,
      where: folder,
      fix: "Install it anew: `codex compute remove tensorflow`, then `codex compute install tensorflow`.",
      cause: error,
    });
  }
  const backend = findBackend(tensorflowBackendName) as NodeBackend;
  const memory = new BindingMemory(backend.binding);
  Object.assign(backend, { binding: memory.counted });
  handOverAtOnce(backend);
  installKernels(tensorflowBackendName);
  installOperators(tensorflowBackendName);
  loaded = { variant, version: readStamp(folder)!.tensorflow, usesGpu: backend.isUsingGpuDevice, memory };
  return loaded;
}

function missing(wanted: readonly Variant[]): Error {
  const gpu = wanted.every((variant) => variant === "gpu");
  const command = `codex compute install tensorflow${gpu ? " --gpu" : ""}`;
  return computeTensorflowErrors.CODEX_COMPUTE_RUNTIME_MISSING({
    what: `TensorFlow ${gpu ? "with CUDA " : ""}is not installed.`,
    where: wanted.map((variant) => runtimeFolder(variant, process.env)).join(", "),
    why: "It is large and needs a compiler, so it comes by a command of its own and not with the plugin.",
    fix: `Run \`${command}\`, or compute with another backend: compute.type=onnx.`,
  });
}

/**
 * Loads tfjs-node, which makes itself tfjs's current backend: sets back the one before. TensorFlow and tfjs greet the
 * user and warn of kernels that are registered twice, as both know those of the plain JavaScript backend.
 */
async function requireQuietly(folder: string, name: string): Promise<void> {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "2";
  // Node 23 took it away; tfjs-node still calls it.
  (util as { isNullOrUndefined?: unknown }).isNullOrUndefined ??= (value: unknown) => value == null;
  const before = getBackend();
  const isProduction = env().getBool("PROD");
  env().set("PROD", true);
  try {
    createRequire(join(folder, "package.json"))(name);
    // It brought tfjs-core's own gradients, over those that were there.
    registerCoreGradients();
  } finally {
    env().set("PROD", isProduction);
    if (before && before !== tensorflowBackendName) await setBackend(before);
  }
}

/**
 * Makes the backend copy a new tensor's values into TensorFlow when the tensor is made. By itself it does so at the
 * tensor's first use, and a caller's array that changed meanwhile would show.
 */
function handOverAtOnce(backend: NodeBackend): void {
  const write = backend.write.bind(backend);
  backend.write = (values, shape, dtype) => {
    const dataId = write(values, shape, dtype);
    handOver(backend, backend.tensorMap.get(dataId));
    return dataId;
  };
}
