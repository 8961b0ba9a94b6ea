import { computeErrors } from "codex-core";
import type { EmittedModel } from "../compiled-graph.js";
import type { NativeOperators } from "../native/native-operators.js";
import { loadSession, type PortNames, portNames } from "./load-session.js";
import type { NativeEnvironment } from "./native-environment.js";
import type { NativeTensor } from "./native-tensor.js";
import type { Fail, OrtApi, Pointer } from "./ort-api.js";
import { loadFailure, runFailure } from "./run-failure.js";
import type { BoundRun, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime.js";

/** A session of the C API, with its ports' names in native form. */
export class NativeSession implements RuntimeSession {
  readonly #api: OrtApi;
  readonly #fail: Fail;
  readonly #inputNames: PortNames;
  readonly #outputNames: PortNames;
  #session: Pointer;

  private constructor(api: OrtApi, session: Pointer, model: EmittedModel, name: string) {
    this.#api = api;
    this.#session = session;
    this.#inputNames = portNames(api, namesOf(model.inputs));
    this.#outputNames = portNames(api, namesOf(model.outputs));
    this.#fail = (message) => runFailure(name, message);
  }

  /** Loads a model, off the main thread. @throws CODEX_COMPUTE_SESSION, CODEX_COMPUTE_MEMORY */
  static async create(
    api: OrtApi,
    environment: NativeEnvironment,
    model: EmittedModel,
    { name, threads }: SessionOptions,
    native?: NativeOperators,
  ): Promise<NativeSession> {
    const fail: Fail = (message) => loadFailure(name, message);
    const configure = (options: Pointer) => {
      if (native) api.check("addCustomOpDomain", fail, options, native.domain);
      api.check("addSessionConfigEntry", fail, options, "session.use_env_allocators", "1");
    };
    const session = await loadSession(api, environment, { bytes: model.bytes, threads, configure }, fail);
    return new NativeSession(api, session, model, name);
  }

  /** The session's allocator statistics want its pointer. */
  get pointer(): Pointer {
    return this.#session;
  }

  /** @param runOptions ONNX Runtime's, which have to last as long as runs do; null: its defaults */
  bind(
    inputs: readonly RuntimeTensor[],
    outputs: readonly RuntimeTensor[],
    runOptions: Pointer | null = null,
  ): BoundRun {
    const inputValues = valuePointers(inputs);
    const outputValues = valuePointers(outputs);
    const args = () =>
      [
        this.#live(),
        runOptions,
        this.#inputNames.pointers,
        inputValues,
        inputValues.length,
        this.#outputNames.pointers,
        outputValues.length,
        outputValues,
      ] as const;
    return {
      run: () => this.#api.checkAsync("run", this.#fail, ...args()),
      runBriefly: () => this.#api.check("run", this.#fail, ...args()),
    };
  }

  async dispose(): Promise<void> {
    if (!this.#session) return;
    this.#api.release("releaseSession", this.#session);
    this.#session = 0n;
  }

  #live(): Pointer {
    if (!this.#session) throw computeErrors.CODEX_COMPUTE_DISPOSED({ what: "The session was disposed." });
    return this.#session;
  }
}

const namesOf = (ports: EmittedModel["inputs"]): readonly string[] => ports.map(({ name }) => name);

function valuePointers(tensors: readonly RuntimeTensor[]): BigUint64Array {
  return BigUint64Array.from(tensors, (tensor) => (tensor as NativeTensor).value);
}
