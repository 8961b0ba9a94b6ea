import type { TypedArray } from "codex-core";
import { computeOnnxErrors } from "../errors.js";
import { growStacks } from "./grow-stacks.js";

/** The whole module, as `await import("koffi")` gives it. */
export type Koffi = typeof import("koffi")["default"];

/** A pointer of the C API. */
export type Pointer = bigint;

/** Host memory that a function reads or writes. */
export type Memory = TypedArray | Uint8Array | BigUint64Array | BigInt64Array | null;

/** Version of the C API that is asked for: the first with `AllocatorGetStats`. */
const apiVersion = 23;

/** Releases whose function table was checked against their header. */
export const knownVersions = /^1\.30\./;

/**
 * Places of functions in `struct OrtApi`, with their parameters. The table only grows: a place never changes.
 *
 * @source onnxruntime/include/onnxruntime/core/session/onnxruntime_c_api.h, struct OrtApi
 */
const table = {
  getErrorCode: [1, "int", ["void *"]],
  getErrorMessage: [2, "const char *", ["void *"]],
  createEnv: [3, "void *", ["int", "const char *", "void *"]],
  createSessionFromArray: [8, "void *", ["void *", "void *", "size_t", "void *", "void *"]],
  run: [9, "void *", ["void *", "void *", "void *", "void *", "size_t", "void *", "size_t", "void *"]],
  createSessionOptions: [10, "void *", ["void *"]],
  disableMemPattern: [17, "void *", ["void *"]],
  setSessionLogSeverityLevel: [22, "void *", ["void *", "int"]],
  setSessionGraphOptimizationLevel: [23, "void *", ["void *", "int"]],
  setIntraOpNumThreads: [24, "void *", ["void *", "int"]],
  createCustomOpDomain: [26, "void *", ["const char *", "void *"]],
  addCustomOp: [27, "void *", ["void *", "void *"]],
  addCustomOpDomain: [28, "void *", ["void *", "void *"]],
  createRunOptions: [39, "void *", ["void *"]],
  createTensorAsOrtValue: [48, "void *", ["void *", "void *", "size_t", "int", "void *"]],
  createTensorWithData: [49, "void *", ["void *", "void *", "size_t", "void *", "size_t", "int", "void *"]],
  createMemoryInfo: [68, "void *", ["void *", "int", "int", "int", "void *"]],
  createCpuMemoryInfo: [69, "void *", ["int", "int", "void *"]],
  releaseEnv: [92, "void", ["void *"]],
  releaseStatus: [93, "void", ["void *"]],
  releaseMemoryInfo: [94, "void", ["void *"]],
  releaseSession: [95, "void", ["void *"]],
  releaseValue: [96, "void", ["void *"]],
  releaseRunOptions: [97, "void", ["void *"]],
  releaseSessionOptions: [100, "void", ["void *"]],
  addSessionConfigEntry: [130, "void *", ["void *", "const char *", "const char *"]],
  createAllocator: [131, "void *", ["void *", "void *", "void *"]],
  releaseAllocator: [132, "void", ["void *"]],
  createAndRegisterAllocator: [144, "void *", ["void *", "void *", "void *"]],
  createArenaCfg: [156, "void *", ["size_t", "int", "int", "int", "void *"]],
  releaseArenaCfg: [157, "void", ["void *"]],
  addRunConfigEntry: [165, "void *", ["void *", "const char *", "const char *"]],
  unregisterAllocator: [177, "void *", ["void *", "void *"]],
  appendCudaProvider: [204, "void *", ["void *", "void *"]],
  createCudaProviderOptions: [205, "void *", ["void *"]],
  releaseCudaProviderOptions: [208, "void", ["void *"]],
  appendExecutionProvider: [216, "void *", ["void *", "const char *", "void *", "void *", "size_t"]],
  getKeyValue: [297, "const char *", ["void *", "const char *"]],
  releaseKeyValuePairs: [300, "void", ["void *"]],
  allocatorGetStats: [319, "void *", ["void *", "void *"]],
} as const;

const tableLength = 320;

type FunctionName = keyof typeof table;

/** What a function of the table takes. */
type Argument = Pointer | Memory | number | string;

/** A function of the table; `async` runs it on a thread of libuv's pool. */
export interface NativeFunction {
  (...args: readonly Argument[]): unknown;
  async(...args: readonly (Argument | AsyncDone)[]): void;
}

type AsyncDone = (error: Error | null, result: unknown) => void;

/** ONNX Runtime's C API. Statuses come back as pointers, 0 for success. */
export interface OrtApi {
  readonly version: string;
  /** The table itself. */
  readonly pointer: Pointer;
  readonly functions: { readonly [Name in FunctionName]: NativeFunction };
  /** Calls a function that gives a status. @throws the error that `fail` makes of the status's message */
  check(name: FunctionName, fail: Fail, ...args: Argument[]): void;
  /** The same on another thread. Memory in `args` stays referenced until it is done. */
  checkAsync(name: FunctionName, fail: Fail, ...args: Argument[]): Promise<void>;
  /** Calls a function whose last parameter is an out pointer, and gives what it wrote. */
  create(name: FunctionName, fail: Fail, ...args: Argument[]): Pointer;
  createAsync(name: FunctionName, fail: Fail, ...args: Argument[]): Promise<Pointer>;
  release(name: FunctionName, pointer: Pointer): void;
  addressOf(memory: Memory): Pointer;
}

/** Makes an error of a status's message. */
export type Fail = (message: string) => Error;

/**
 * Libraries stay loaded for the life of the process: koffi unloads one when its handle is collected, and pointers
 * into it do not hold it.
 */
const loaded = new Map<string, { readonly library: object; readonly api: OrtApi }>();

/**
 * Loads ONNX Runtime's shared library and takes its functions by their place in the table.
 *
 * @throws CODEX_COMPUTE_RUNTIME_MISSING when it does not load.
 * @throws CODEX_COMPUTE_RUNTIME_VERSION when its version is not a known one.
 */
export function loadOrtApi(koffi: Koffi, path: string, versions: RegExp = knownVersions): OrtApi {
  const known = loaded.get(path);
  if (known && versions.test(known.api.version)) return known.api;
  growStacks(koffi);
  let library: ReturnType<Koffi["load"]>;
  let base: Pointer;
  try {
    library = koffi.load(path);
    base = library.func("OrtGetApiBase", "void *", [])();
  } catch (cause) {
    throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_MISSING({
      what: `ONNX Runtime's library does not load: ${(cause as Error).message}`,
      where: path,
      cause,
    });
  }
  const [getApi, getVersion] = koffi.decode(base, koffi.array("void *", 2)) as Pointer[];
  const version = koffi.call(getVersion, koffi.proto("const char *", [])) as string;
  const api = versions.test(version)
    ? (koffi.call(getApi, koffi.proto("void *", ["uint32_t"]), apiVersion) as Pointer | null)
    : null;
  if (!api) {
    throw computeOnnxErrors.CODEX_COMPUTE_RUNTIME_VERSION({
      what: `ONNX Runtime ${version} is not one of the known versions (${versions.source}).`,
      where: path,
    });
  }
  const entry = { library, api: bindTable(koffi, api, version) };
  loaded.set(path, entry);
  return entry.api;
}

function bindTable(koffi: Koffi, api: Pointer, version: string): OrtApi {
  const pointers = koffi.decode(api, koffi.array("void *", tableLength)) as Pointer[];
  const functions = Object.fromEntries(
    Object.entries(table).map(([name, [index, result, parameters]]) => [
      name,
      koffi.decode(pointers[index], koffi.proto(result, [...parameters])),
    ]),
  ) as OrtApi["functions"];

  const settle = (status: unknown, fail: Fail): void => {
    if (!status) return;
    const message = functions.getErrorMessage(status as Pointer) as string;
    functions.releaseStatus(status as Pointer);
    throw fail(message);
  };
  const check: OrtApi["check"] = (name, fail, ...args) => settle(functions[name](...args), fail);
  const checkAsync: OrtApi["checkAsync"] = (name, fail, ...args) =>
    new Promise((resolve, reject) => {
      functions[name].async(...args, (error, status) => {
        try {
          if (error) throw error;
          settle(status, fail);
          resolve();
        } catch (failure) {
          reject(failure);
        }
      });
    });
  return {
    version,
    pointer: api,
    functions,
    check,
    checkAsync,
    create(name, fail, ...args) {
      const out = new BigUint64Array(1);
      check(name, fail, ...args, out);
      return out[0]!;
    },
    async createAsync(name, fail, ...args) {
      const out = new BigUint64Array(1);
      await checkAsync(name, fail, ...args, out);
      return out[0]!;
    },
    release: (name, pointer) => functions[name](pointer),
    addressOf: (memory) => koffi.address(memory),
  };
}
