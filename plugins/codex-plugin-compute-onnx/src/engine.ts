import type { Tensor } from "@tensorflow/tfjs-core";
import type { ComputeBackend, Named, Program, TensorData } from "codex-core";
import type { RunnableProgram } from "./programs/runnable-program.js";

/** Where state lies and programs run. The backend gives its calls turns: they never overlap. */
export interface Engine {
  /** See `ComputeBackend.drafts`. */
  readonly drafts?: ComputeBackend<Tensor>["drafts"];
  /** Compiles and loads a program, and names its state. */
  load(program: Program<Tensor>): Promise<RunnableProgram>;
  read(names: readonly string[], into: Named<TensorData>): Promise<Named<TensorData>> | Named<TensorData>;
  write(values: Named<TensorData>): Promise<void> | void;
  release(names: readonly string[]): void;
  /** Refuses what the runtime took between operators beyond the limit. @throws CODEX_COMPUTE_MEMORY */
  checkMemory(what: string): void;
  /** Gives memory back that nothing lies in. */
  trim(): Promise<void>;
  /** All programs were disposed. */
  dispose(): Promise<void>;
}

/** An entry of a record that its prototype has not put there. */
export function ownEntry(tensors: Named<TensorData>, name: string): TensorData | undefined {
  return Object.hasOwn(tensors, name) ? tensors[name] : undefined;
}
