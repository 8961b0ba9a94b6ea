import type { TypedArray } from "codex-core";
import type { EmittedModel, Port } from "../compiled-graph.js";
import type { NativeOperators } from "../native/native-operators.js";

/** Host memory as the runtime sees it: made once, bound to many runs. Holds the memory alive. */
export interface RuntimeTensor {
  readonly data: TypedArray;
  dispose(): void;
}

/** A session with all inputs and outputs bound. Runs of one session may overlap when they write different memory. */
export interface BoundRun {
  /** Runs off the main thread: the event loop stays free. @throws CODEX_COMPUTE_RUN */
  run(): Promise<void>;
  /** Runs on the caller's thread where the runtime can: for runs of well under a millisecond. */
  runBriefly(): void | Promise<void>;
}

/** One loaded model. */
export interface RuntimeSession {
  /** Tensors in the order of the model's ports. Outputs are written to their tensors' memory. */
  bind(inputs: readonly RuntimeTensor[], outputs: readonly RuntimeTensor[]): BoundRun;
  dispose(): Promise<void>;
}

/** Which operators a runtime has beside ONNX Runtime's own. */
export interface Operators {
  /** The native operators that its sessions may use; absent where there are none. */
  readonly native?: NativeOperators | undefined;
  /** Why there are none, in words; absent where there are, or where nobody asked. */
  readonly whyStock?: string | undefined;
}

/** A way to ONNX Runtime. */
export interface Runtime extends Operators {
  /** `native-api`: its C API, on our memory; `binding`: the package's own Node binding, which copies. */
  readonly kind: "native-api" | "binding";
  readonly version: string;
  /** Outputs reach their memory only after the whole run: they may share an input's memory in any graph. */
  readonly copiesOutputs: boolean;
  /** Where memory lies, so that tensors can be aligned; absent where nothing tells. */
  readonly addressOf?: (memory: Uint8Array) => bigint;
  tensor(data: TypedArray, port: Port): RuntimeTensor;
  /** @throws CODEX_COMPUTE_SESSION, CODEX_COMPUTE_MEMORY */
  createSession(model: EmittedModel, options: SessionOptions): Promise<RuntimeSession>;
  /** Bytes that the runtime keeps for values between operators, when it can tell. */
  arenaBytes(): number | undefined;
  /** Gives back what it keeps between operators and no value lies in, where it can. */
  trim(): Promise<void>;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  /** For messages. */
  readonly name: string;
  readonly threads: number;
}
