import { isCodexError, type Logger } from "codex-core";
import { computeOnnxErrors } from "../errors.js";
import type { FoundLibrary } from "../native/find-library.js";
import { loadNativeOperators, type NativeOperators } from "../native/native-operators.js";
import { BindingRuntime } from "./binding-runtime.js";
import { runtimeLibraryPath, runtimePackageFolder } from "./library-path.js";
import { NativeRuntime } from "./native-runtime.js";
import { type Koffi, knownVersions, loadOrtApi, type OrtApi } from "./ort-api.js";
import type { Runtime } from "./runtime.js";

/** Which way to ONNX Runtime to take. */
export type RuntimeChoice = "auto" | "native-api" | "binding";

/** Where the parts of the runtime come from; tests replace them. */
export interface RuntimeSources {
  koffi(): Promise<Koffi>;
  libraryPath(): string;
  versions: RegExp;
  /** The library of native operators; undefined where they are not wanted. */
  nativeLibrary(): Promise<FoundLibrary | undefined>;
}

const installed: RuntimeSources = {
  koffi: async () => (await import("koffi")).default,
  libraryPath: () => runtimeLibraryPath(runtimePackageFolder()),
  versions: knownVersions,
  nativeLibrary: async () => undefined,
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
  if (choice === "binding") return openBinding();
  try {
    return await openNative({ ...installed, ...sources }, memoryLimitBytes, logger);
  } catch (error) {
    if (choice === "native-api" || !isCodexError(error)) throw error;
    logger?.warn("ONNX Runtime runs by its slower Node binding.", { code: error.code, why: error.what });
    return openBinding();
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
  return new NativeRuntime(api, memoryLimitBytes, library && openOperators(koffi, api, library, logger));
}

/** Undefined, and a line in the log, where there are none: stock operators compute the same. */
function openOperators(
  koffi: Koffi,
  api: OrtApi,
  library: FoundLibrary,
  logger: Logger | undefined,
): NativeOperators | undefined {
  if ("missing" in library) {
    logger?.info("Stock operators are used: there are no native ones.", { why: library.missing, fix: library.fix });
    return undefined;
  }
  try {
    return loadNativeOperators(koffi, api, library.path);
  } catch (error) {
    logger?.warn("Stock operators are used: the native ones do not load.", {
      path: library.path,
      why: (error as Error).message,
    });
    return undefined;
  }
}

async function openBinding(): Promise<Runtime> {
  try {
    return new BindingRuntime((await import("onnxruntime-node")).default);
  } catch (cause) {
    throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_MISSING({
      what: `onnxruntime-node does not load: ${(cause as Error).message}`,
      cause,
    });
  }
}
