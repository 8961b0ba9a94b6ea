import type { Tensor } from "@tensorflow/tfjs-core";

/** Values by name. */
export type ByName<Value> = { readonly [name: string]: Value };

/** Host values of a tensor. */
export type HostValues = Float32Array | Int32Array;

/** Shape and element type of a tensor. */
export interface EagerSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** A tensor in host memory. */
export interface EagerData extends EagerSpec {
  readonly data: HostValues;
}

/** What a program's body returns. */
export interface EagerResult {
  readonly state?: ByName<Tensor>;
  readonly outputs: ByName<Tensor>;
}

/** A computation over resident state and inputs; codex-core's `Program<Tensor>` is one. */
export interface EagerProgramSpec {
  readonly name: string;
  readonly state: ByName<EagerSpec>;
  readonly inputs: ByName<EagerSpec>;
  body(state: ByName<Tensor>, inputs: ByName<Tensor>): EagerResult;
}

/** Makes an error of what happened and where. */
type MakeError = (content: {
  readonly what: string;
  readonly where?: string | undefined;
  readonly cause?: unknown;
}) => Error;

/** The errors that the engine throws: codex-core's `computeErrors`, which this package may not import. */
export interface EagerErrors {
  readonly CODEX_COMPUTE_INPUT: MakeError;
  readonly CODEX_COMPUTE_STATE_MISMATCH: MakeError;
  readonly CODEX_COMPUTE_UNKNOWN_STATE: MakeError;
  readonly CODEX_COMPUTE_MEMORY: MakeError;
  readonly CODEX_COMPUTE_READ_IN_BODY: MakeError;
  readonly CODEX_COMPUTE_DISPOSED: MakeError;
}
