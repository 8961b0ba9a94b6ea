import {
  type DataType,
  engine,
  getBackend,
  type NamedAttrMap,
  registerBackend,
  registerKernel,
  setBackend,
  type Tensor,
  type TensorInfo,
  tidy,
} from "@tensorflow/tfjs-core";
import { computeErrors, isCodexError, type Named, type Program } from "codex-core";
import { composedKernel, installOperators } from "codex-nn";
import { computeOnnxErrors } from "../errors.js";
import type { Graph, GraphOutput } from "../ir/graph.js";
import { GraphBuilder } from "../ir/graph-builder.js";
import { sameShape, type Value } from "../ir/value.js";
import { cpuTarget, type Target } from "../target/target.js";
import { kernelTable } from "./kernel-table.js";
import { nativeKernelTable } from "./native-kernel-table.js";
import type { KernelCall, RecordedKernel } from "./recorded-kernel.js";
import { RecordedData, RecordingBackend } from "./recording-backend.js";

const BACKEND_NAME = "codex-onnx-recorder";

let installed: RecordingBackend | undefined;

/** The recording backend, registered with tfjs-core at first use. */
function recorder(): RecordingBackend {
  if (installed) return installed;
  const backend = new RecordingBackend();
  registerBackend(BACKEND_NAME, () => backend, 0);
  for (const [kernelName, record] of Object.entries(kernelTable)) {
    registerKernel({
      kernelName,
      backendName: BACKEND_NAME,
      kernelFunc: ({ inputs, attrs }) => runRecorded(backend, kernelName, record, inputs as Inputs, attrs ?? {}),
    });
  }
  for (const [kernelName, record] of Object.entries(nativeKernelTable)) {
    const composed = composedKernel(kernelName);
    registerKernel({
      kernelName,
      backendName: BACKEND_NAME,
      kernelFunc: (call) =>
        backend.recording.target.native
          ? runRecorded(backend, kernelName, record, call.inputs as Inputs, call.attrs ?? {})
          : composed(call),
    });
  }
  installOperators(BACKEND_NAME);
  installed = backend;
  return backend;
}

type Inputs = { readonly [name: string]: TensorInfo | undefined };

/** A value as tfjs-core sees it: the types that it does not know never leave a kernel. */
function tensorInfo(value: Value, owner: GraphBuilder): TensorInfo {
  return { dataId: new RecordedData(value, owner), shape: [...value.shape], dtype: value.dtype as DataType };
}

function runRecorded(
  backend: RecordingBackend,
  kernelName: string,
  record: RecordedKernel,
  inputs: Inputs,
  attrs: NamedAttrMap,
): TensorInfo | TensorInfo[] {
  const optional = (name: string) => {
    const tensor = inputs[name];
    return tensor && backend.recordedValue(tensor.dataId);
  };
  const call: KernelCall = {
    g: backend.recording,
    native: backend.recording.target.native,
    kernelName,
    inputs: Object.values(inputs).flatMap((tensor) => (tensor ? [backend.recordedValue(tensor.dataId)] : [])),
    optional,
    input: (name) => optional(name)!,
    attrs: { get: <Type>(name: string) => attrs[name] as Type },
  };
  const result = record(call);
  const info = (value: Value) => tensorInfo(value, backend.recording);
  return "id" in result ? info(result) : result.map(info);
}

/** Records a program's body as a graph. Synchronous: no other tensor code can run meanwhile. */
export function recordProgram(program: Program<Tensor>, target: Target = cpuTarget): Graph {
  const backend = recorder();
  const before = engine().registryFactory && engine().backendName ? getBackend() : undefined;
  const g = new GraphBuilder(target);
  backend.builder = g;
  try {
    void setBackend(BACKEND_NAME);
    return { name: program.name, builder: g, outputs: runBody(program, backend) };
  } catch (error) {
    throw named(error, program.name);
  } finally {
    backend.builder = undefined;
    if (before) void setBackend(before);
  }
}

function runBody(program: Program<Tensor>, backend: RecordingBackend): GraphOutput[] {
  const g = backend.recording;
  const outputs: GraphOutput[] = [];
  tidy(() => {
    const tensors = (specs: Program<Tensor>["state"], of: "state" | "input"): Named<Tensor> =>
      Object.fromEntries(
        Object.entries(specs).map(([name, { dtype, shape }]) => [name, tensorOf(g.input(name, of, dtype, shape), g)]),
      );
    const state = tensors(program.state, "state");
    const result = program.body(state, tensors(program.inputs, "input"));
    for (const [name, tensor] of Object.entries(result.state ?? {})) {
      const spec = program.state[name];
      if (!spec) throw badState(program, name, "is not declared as state of the program");
      const value = backend.recordedValue(tensor.dataId);
      if (!sameShape(value.shape, spec.shape) || value.dtype !== spec.dtype) {
        throw badState(program, name, `is ${describe(value)}, declared as ${describe(spec)}`);
      }
      outputs.push({ name, of: "state", value });
    }
    for (const [name, tensor] of Object.entries(result.outputs)) {
      const value = backend.recordedValue(tensor.dataId);
      if (value.dtype === "bool") {
        throw computeOnnxErrors.CODEX_COMPUTE_DTYPE_IN_BODY({
          what: `The output ${name} is bool.`,
          where: `program ${program.name}`,
        });
      }
      outputs.push({ name, of: "output", value });
    }
  });
  return outputs;
}

function tensorOf(value: Value, owner: GraphBuilder): Tensor {
  return engine().makeTensorFromTensorInfo(tensorInfo(value, owner));
}

const describe = ({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }) =>
  `${dtype} [${shape.join(", ")}]`;

function badState(program: Program<Tensor>, name: string, problem: string): Error {
  const what = `What the body returns as ${name} ${problem}.`;
  return computeErrors.CODEX_COMPUTE_STATE_MISMATCH({ what, where: `program ${program.name}` });
}

/** tfjs-core's complaint about a kernel that the recorder has not is told as an error of ours. */
function named(error: unknown, program: string): unknown {
  if (isCodexError(error) || !(error instanceof Error)) return error;
  const kernel = /kernel '(.+?)' (?:not registered )?for backend/i.exec(error.message)?.[1];
  if (!kernel) return error;
  return computeOnnxErrors.CODEX_COMPUTE_KERNEL_MISSING({
    what: `The kernel ${kernel} cannot be compiled.`,
    where: `program ${program}`,
    why: `These kernels can be: ${Object.keys(kernelTable).sort().join(", ")}.`,
    cause: error,
  });
}
