import { isCodexError, type Logger } from "codex-core";
import { computeOnnxErrors } from "../errors.js";
import type { FoundLibrary } from "../native/find-library.js";
import { loadNativeOperators } from "../native/native-operators.js";
import { BindingRuntime } from "./binding-runtime.js";
import { runtimeLibraryPath, runtimePackageFolder } from "./library-path.js";
import { NativeRuntime } from "./native-runtime.js";
import { type Koffi, knownVersions, loadOrtApi, type OrtApi } from "./ort-api.js";
import type { Operators, Runtime } from "./runtime.js";

/** Which way to ONNX Runtime to take. */
export type RuntimeChoice = "auto" | "native-api" | "binding";

/** Where the parts of the runtime come from; tests replace them. */
export interface RuntimeSources {
  koffi(): Promise<Koffi>;
  libraryPath(): string;
  versions: RegExp;
  /** The library of native operators, or why there is none. */
  nativeLibrary(): Promise<FoundLibrary>;
}

const installed: RuntimeSources = {
  koffi: async () => (await import("koffi")).default,
  libraryPath: () => runtimeLibraryPath(runtimePackageFolder()),
  versions: knownVersions,
  nativeLibrary: async () => ({ missing: "none were asked for" }),
};

/**
 * Opens ONNX Runtime: by its C API, or, with `auto` where that fails, by its Node binding.
 *
 * @throws CODEX_COMPUTE_RUNTIME_MISSING, CODEX_COMPUTE_RUNTIME_VERSION
 */
export async function createRuntime(
  choice: RuntimeChoice,
  memoryLimitBytes: number | undefined,
  logger?: Logger,
  sources: Partial<RuntimeSources> = {},
): Promise<Runtime> {
  refuseTelemetry();
  if (choice === "binding") return openBinding("compute.runtime is binding");
  try {
    return await openNative({ ...installed, ...sources }, memoryLimitBytes, logger);
  } catch (error) {
    if (choice === "native-api" || !isCodexError(error)) throw error;
    logger?.warn("ONNX Runtime runs by its slower Node binding.", { code: error.code, why: error.what });
    return openBinding("ONNX Runtime runs by its Node binding");
  }
}

/**
 * ONNX Runtime's builds tell Microsoft of sessions, under an id that they leave in the user's folder, unless this variable
 * stands in the environment when the library is loaded. A worker thread's environment is a copy that the library does
 * not see: there, set it for the process.
 */
export function refuseTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = "1";
}

async function openNative(
  sources: RuntimeSources,
  memoryLimitBytes: number | undefined,
  logger: Logger | undefined,
): Promise<Runtime> {
  let koffi: Koffi;
  try {
    koffi = await sources.koffi();
  } catch (cause) {
    throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_MISSING({
      what: `The package koffi does not load: ${(cause as Error).message}`,
      fix: "Reinstall with `npm install koffi`, or set compute.runtime to binding.",
      cause,
    });
  }
  const api = loadOrtApi(koffi, sources.libraryPath(), sources.versions);
  const library = await sources.nativeLibrary();
  return new NativeRuntime(api, memoryLimitBytes, openOperators(koffi, api, library, logger));
}

/** Where there are none, why, and a line in the log: stock operators compute the same. */
function openOperators(koffi: Koffi, api: OrtApi, library: FoundLibrary, logger: Logger | undefined): Operators {
  if ("missing" in library) {
    const { missing, fix } = library;
    logger?.info("Stock operators are used.", { why: missing, ...(fix === undefined ? {} : { fix }) });
    return { whyStock: missing };
  }
  try {
    return { native: loadNativeOperators(koffi, api, library.path) };
  } catch (error) {
    const why = (error as Error).message;
    logger?.warn("Stock operators are used: the native ones do not load.", {
      path: library.path,
      why,
    });
    return { whyStock: `the native ones do not load: ${why}` };
  }
}

async function openBinding(whyStock: string): Promise<Runtime> {
  try {
    return new BindingRuntime((await import("onnxruntime-node")).default, whyStock);
  } catch (cause) {
    throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_MISSING({
      what: `onnxruntime-node does not load: ${(cause as Error).message}`,
      cause,
    });
  }
}
