import type { Named, TypedArray } from "codex-core";
import type { NarrowedState } from "../compiled-graph.js";
import type { StateArena } from "../state/state-arena.js";
import type { RunnableProgram } from "./runnable-program.js";

/** A program over narrowed weights, which are made anew where their matrices were written since. */
export class NarrowedProgram implements RunnableProgram {
  readonly #matrices: readonly string[];
  #madeOf = -1;

  /** @param narrowing Makes the narrowed weights. */
  constructor(
    readonly program: RunnableProgram,
    readonly narrowing: RunnableProgram,
    readonly arena: StateArena,
    narrowed: readonly NarrowedState[],
    readonly release: () => void,
  ) {
    this.#matrices = narrowed.map(({ of }) => of);
  }

  async run(inputs: Named<TypedArray>): Promise<Named<TypedArray>> {
    const edition = this.arena.editionOf(this.#matrices);
    if (edition !== this.#madeOf) {
      await this.narrowing.run({});
      this.#madeOf = edition;
    }
    return this.program.run(inputs);
  }

  async dispose(): Promise<void> {
    await this.program.dispose();
    await this.narrowing.dispose();
    this.release();
  }
}
