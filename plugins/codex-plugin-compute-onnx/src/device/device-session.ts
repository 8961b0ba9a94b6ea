import { computeErrors } from "codex-core";
import { loadSession, type PortNames, portNames } from "../runtime/load-session.js";
import type { NativeEnvironment } from "../runtime/native-environment.js";
import type { Fail, OrtApi, Pointer } from "../runtime/ort-api.js";
import { loadFailure, runFailure } from "../runtime/run-failure.js";
import type { DeviceProvider } from "./device-provider.js";

/** What a session is made of; names in the order of the model's ports. */
export interface DeviceModel {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The model has operators that the device has no form for. */
  readonly needsHost: boolean;
}

/** A model loaded onto a device. Values may lie on the device or on the host: the runtime copies what has to cross. */
export class DeviceSession {
  readonly #api: OrtApi;
  readonly #name: string;
  readonly #inputs: PortNames;
  readonly #outputs: PortNames;
  #session: Pointer;

  private constructor(api: OrtApi, session: Pointer, { name, inputs, outputs }: DeviceModel) {
    this.#api = api;
    this.#session = session;
    this.#name = name;
    this.#inputs = portNames(api, inputs);
    this.#outputs = portNames(api, outputs);
  }

  /** Loads a model, off the main thread. @throws CODEX_COMPUTE_SESSION */
  static async create(
    api: OrtApi,
    environment: NativeEnvironment,
    provider: DeviceProvider,
    model: DeviceModel,
    threads: number,
  ): Promise<DeviceSession> {
    const { name, bytes } = model;
    const fail: Fail = (message) => loadFailure(name, message);
    const configure = (options: Pointer) => {
      appendProvider(api, fail, options, provider);
      const isStrict = provider.isStrict && !model.needsHost;
      if (isStrict) api.check("addSessionConfigEntry", fail, options, "session.disable_cpu_ep_fallback", "1");
    };
    return new DeviceSession(api, await loadSession(api, environment, { bytes, threads, configure }, fail), model);
  }

  /** The session's allocator wants its pointer. */
  get pointer(): Pointer {
    if (!this.#session) throw computeErrors.CODEX_COMPUTE_DISPOSED({ what: "The session was disposed." });
    return this.#session;
  }

  /** Runs off the main thread. @throws CODEX_COMPUTE_RUN, CODEX_COMPUTE_MEMORY */
  run(inputs: readonly Pointer[], outputs: readonly Pointer[]): Promise<void> {
    return this.#api.checkAsync(
      "run",
      (message) => runFailure(this.#name, message),
      this.pointer,
      null,
      this.#inputs.pointers,
      BigUint64Array.from(inputs),
      inputs.length,
      this.#outputs.pointers,
      outputs.length,
      BigUint64Array.from(outputs),
    );
  }

  dispose(): void {
    if (this.#session) this.#api.release("releaseSession", this.#session);
    this.#session = 0n;
  }
}

/** CUDA's options have functions of their own; its defaults are taken. */
function appendProvider(api: OrtApi, fail: Fail, options: Pointer, { target }: DeviceProvider): void {
  if (target.device !== "cuda") {
    api.check("appendExecutionProvider", fail, options, "WebGPU", null, null, 0);
    return;
  }
  const cuda = api.create("createCudaProviderOptions", fail);
  try {
    api.check("appendCudaProvider", fail, options, cuda);
  } finally {
    api.release("releaseCudaProviderOptions", cuda);
  }
}
