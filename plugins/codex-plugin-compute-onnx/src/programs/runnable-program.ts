import type { Named, TypedArray } from "codex-core";

/** A compiled program as the backend runs it: inputs are checked, and runs never overlap. */
export interface RunnableProgram {
  /** @throws CODEX_COMPUTE_RUN, CODEX_COMPUTE_UNKNOWN_STATE, CODEX_COMPUTE_MEMORY */
  run(inputs: Named<TypedArray>): Promise<Named<TypedArray>>;
  dispose(): Promise<void>;
}

/** A program that changes no state and has no outputs, which ONNX Runtime would refuse. */
export const emptyProgram: RunnableProgram = {
  run: async () => ({}),
  dispose: async () => undefined,
};
