import type { LoadedCheckpoint } from "../contracts/checkpoint-store.js";

/** The checkpoint that a run goes on from: its tensors are kept until they have been taken over. */
export class ResumedCheckpoint {
  readonly path: string;
  readonly step: number;
  #loaded: LoadedCheckpoint | undefined;

  constructor(loaded: LoadedCheckpoint) {
    this.path = loaded.path;
    this.step = loaded.step;
    this.#loaded = loaded;
  }

  /** Undefined once it was released. */
  get loaded(): LoadedCheckpoint | undefined {
    return this.#loaded;
  }

  release(): void {
    this.#loaded = undefined;
  }
}
