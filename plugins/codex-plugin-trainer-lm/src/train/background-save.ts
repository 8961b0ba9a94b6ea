import type { Checkpoint, CheckpointStore, SavedCheckpoint } from "codex-core";

/** What became of a save that was started. */
type SaveEnd = { readonly saved: SavedCheckpoint } | { readonly failure: unknown };

/** Saves beside training, one checkpoint at a time. */
export class BackgroundSave {
  private running: Promise<void> | undefined;
  private end: SaveEnd | undefined;

  constructor(private readonly store: Pick<CheckpointStore, "save">) {}

  /** Starts a save. The one before has to be settled: see `wait`. */
  start(checkpoint: Checkpoint): void {
    if (this.running) throw new Error("A checkpoint is being saved already.");
    this.running = this.store.save(checkpoint).then(
      (saved) => this.settle({ saved }),
      (failure: unknown) => this.settle({ failure }),
    );
  }

  /**
   * The checkpoint that became durable since the last call, if one did.
   *
   * @throws what the save failed with
   */
  taken(): SavedCheckpoint | undefined {
    const { end } = this;
    this.end = undefined;
    if (!end) return undefined;
    if ("failure" in end) throw end.failure;
    return end.saved;
  }

  /** Resolves when no save is running. */
  async wait(): Promise<void> {
    await this.running;
  }

  private settle(end: SaveEnd): void {
    this.running = undefined;
    this.end = end;
  }
}
