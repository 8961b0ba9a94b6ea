import type { TypedArray } from "codex-core";
import type { EmittedModel, Port } from "../compiled-graph.js";
import { computeOnnxErrors } from "../errors.js";
import type { NativeOperators } from "../native/native-operators.js";
import { acquireEnvironment, type NativeEnvironment } from "./native-environment.js";
import { NativeSession } from "./native-session.js";
import { NativeTensor } from "./native-tensor.js";
import type { Fail, OrtApi } from "./ort-api.js";
import type { Operators, Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime.js";
import { trimArena } from "./trim-arena.js";

const fail: Fail = (message) => computeOnnxErrors.CODEX_COMPUTE_RUN({ what: `No memory statistics: ${message}` });

/** ONNX Runtime through its C API: runs on our memory and copies nothing. */
export class NativeRuntime implements Runtime {
  readonly kind = "native-api";
  readonly copiesOutputs = false;
  readonly native: NativeOperators | undefined;
  readonly whyStock: string | undefined;
  readonly addressOf: (memory: Uint8Array) => bigint;
  readonly #api: OrtApi;
  readonly #environment: NativeEnvironment;
  readonly #sessions = new Set<NativeSession>();
  #disposed = false;

  constructor(api: OrtApi, arenaLimitBytes?: number, operators: Operators = {}) {
    this.native = operators.native;
    this.whyStock = operators.whyStock;
    this.#api = api;
    this.addressOf = (memory) => api.addressOf(memory);
    this.#environment = acquireEnvironment(api, arenaLimitBytes);
  }

  get version(): string {
    return this.#api.version;
  }

  tensor(data: TypedArray, port: Port): RuntimeTensor {
    return new NativeTensor(this.#api, this.#environment, data, port);
  }

  async createSession(model: EmittedModel, options: SessionOptions): Promise<RuntimeSession> {
    const session = await NativeSession.create(this.#api, this.#environment, model, options, this.native);
    this.#sessions.add(session);
    return {
      bind: (inputs, outputs) => session.bind(inputs, outputs),
      dispose: () => {
        this.#sessions.delete(session);
        return session.dispose();
      },
    };
  }

  arenaBytes(): number | undefined {
    const [session] = this.#sessions;
    if (!session) return 0;
    const api = this.#api;
    const allocator = api.create("createAllocator", fail, session.pointer, this.#environment.arenaInfo);
    const stats = api.create("allocatorGetStats", fail, allocator);
    const total = api.functions.getKeyValue(stats, "TotalAllocated") as string | null;
    api.release("releaseKeyValuePairs", stats);
    api.release("releaseAllocator", allocator);
    return total === null ? undefined : Number(total);
  }

  trim(): Promise<void> {
    return trimArena(this.#api, this.#environment);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const session of this.#sessions) await session.dispose();
    this.#sessions.clear();
    this.#environment.release();
  }
}
