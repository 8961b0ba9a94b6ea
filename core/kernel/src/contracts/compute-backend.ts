import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { DataType, TensorData, TensorSpecs, TypedArray } from "./tensor-data.js";

/** Where programs run. */
export interface DeviceInfo {
  readonly kind: "cpu" | "webgpu" | "cuda";
  readonly name: string;
  /** The library that computes, with its version: `onnxruntime 1.30.0`. */
  readonly runtime: string;
  /** What is slower than it could be, and why: `stock operators (compute.native is false)`. Nothing compares it. */
  readonly note?: string;
  readonly dtypes: readonly DataType[];
  readonly threads: number;
  /** `avx512`, `avx2`, `neon` …: bits are only promised for the same one. */
  readonly instructionSet: string;
}

/** What a program's body returns. */
export interface ProgramResult<Tensor> {
  /** New values of resident state, by the names of `state`. What is left out keeps its value. */
  readonly state?: Named<Tensor>;
  readonly outputs: Named<Tensor>;
}

/** A computation over resident state and inputs, written in tensor operations. */
export interface Program<Tensor> {
  /** For messages, profiles and graph dumps. */
  readonly name: string;
  /** Resident state that the body reads or writes. Programs of one backend share state by name. */
  readonly state: TensorSpecs;
  readonly inputs: TensorSpecs;
  /**
   * `int8`: products of few rows with matrices of the state may be done with those rounded to 8 bits, column by column;
   * what the program gives is near. The state itself stays as it is. Backends without `drafts` know nothing of it.
   */
  readonly weights?: "int8";
  /**
   * Traced once by compiling backends, called every time by eager ones. Tensors live only inside it, and reading a
   * tensor's values in it is an error.
   */
  body(state: Named<Tensor>, inputs: Named<Tensor>): ProgramResult<Tensor>;
}

/** A program that is ready to run. */
export interface CompiledProgram {
  /**
   * Runs the program. Outputs are fresh arrays. A run that was started is always finished: the signal is looked at
   * before it starts.
   *
   * @throws CODEX_COMPUTE_INPUT when an input is missing or has the wrong length or type.
   * @throws CODEX_COMPUTE_MEMORY when memory is short. State that the program writes may hold anything then; smaller
   *   programs can be tried.
   */
  run(inputs: Named<TypedArray>, signal?: AbortSignal): Promise<Named<TypedArray>>;
  dispose(): Promise<void>;
}

/** Runs programs over state that stays where it computes. */
export interface ComputeBackend<Tensor> {
  readonly device: DeviceInfo;
  /**
   * Present where guessing ahead and checking can pay: programs with `weights: "int8"` read a quarter of the memory, and
   * in products, normalizations and attention over caches each of up to `rows` rows has the bits that it has alone.
   */
  readonly drafts?: { readonly rows: number };
  /**
   * State that is named for the first time starts at zero.
   *
   * @throws CODEX_COMPUTE_STATE_MISMATCH on another shape.
   * @throws CODEX_COMPUTE_MEMORY when memory is short.
   */
  compile(program: Program<Tensor>): Promise<CompiledProgram>;
  /**
   * Copies of resident state, into the arrays of `into` where it has one of the name, type and length. The copy is
   * made before the promise is returned to the event loop: programs that are started later do not show in it.
   *
   * @throws CODEX_COMPUTE_UNKNOWN_STATE
   */
  readState(names: readonly string[], into?: Named<TensorData>): Promise<Named<TensorData>>;
  /** Sets resident state, creating what is new. */
  writeState(values: Named<TensorData>): Promise<void>;
  /** Frees resident state that no further program will use. */
  releaseState(names: readonly string[]): Promise<void>;
  dispose(): Promise<void>;
}

/** A program as a compiling backend will run it, for people to read. */
export interface ProgramGraph {
  /** The program's name. */
  readonly program: string;
  readonly nodeCount: number;
  /**
   * Nodes and floating-point operations by operator; operations of matrix products alone are counted, attention's among
   * them.
   */
  readonly operators: Named<{ readonly count: number; readonly flops: number }>;
  /** Most bytes of values in between that are alive at once: no state, no inputs, no outputs. */
  readonly peakBytes: number;
  /** The whole graph, a node a line. */
  readonly text: string;
}

/** What a compute backend tells a plan. */
export interface ComputeFacts {
  readonly device?: DeviceInfo["kind"];
  /** Element type that the options ask for. */
  readonly dtype?: DataType;
  /** Element types that the device computes in. */
  readonly dtypes?: readonly DataType[];
  /** Threads of one operator that the options ask for; more than there are cores are warned of. */
  readonly threads?: number;
  /** Most bytes that a run may take. Left out: what is free. */
  readonly memoryLimitBytes?: number;
  /** Resident bytes of the process with the libraries that compute, before any tensor of size. */
  readonly processBytes?: number;
  /**
   * Peak of a microStep's memory over what the forward pass keeps: gradients of activations and the runtime's own
   * buffers.
   */
  readonly activationPeak?: number;
  /**
   * Its operators are fused: attention keeps no probabilities, and dropout masks are drawn again. Left out: they are
   * composed, and what a model tells of composed operators is kept as well.
   */
  readonly isFused?: boolean;
  /**
   * Most bytes that training and evaluation hold between the last layer and the loss, of logits that take `logitsBytes`
   * a copy. Left out: three copies, for logits, probabilities and gradient.
   */
  headBytes?(logitsBytes: number): number;
  /** Tensors of the largest parameter's size on the way of its gradient. Left out: what a product gives, and that turned. */
  readonly gradientsOnTheirWay?: number;
  /** Compiles a program without a device. Left out by backends that run a program operation by operation. */
  graphOf?(program: Program<unknown>): ProgramGraph;
}

export const ComputePoint = definePoint<ComputeBackend<unknown>, "one", ComputeFacts>("compute", {
  cardinality: "one",
  failurePolicy: "closed",
});
