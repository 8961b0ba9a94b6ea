import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type Checkpoint,
  type CheckpointContents,
  type CheckpointStore,
  type Disposable,
  isCodexError,
  type LoadedCheckpoint,
  type LoadOptions,
  type Logger,
  type PruneOptions,
  type SavedCheckpoint,
} from "codex-core";
import { removeDurably } from "./durable-folder.js";
import { checkpointErrors } from "./errors.js";
import { OpenCheckpoint } from "./open-checkpoint.js";
import { reading } from "./open-file.js";
import type { LocalCheckpointOptions } from "./options.js";
import { prunable } from "./retention.js";
import { SaveThread } from "./save-thread.js";
import { isStepFolder, nameBefore } from "./step-folder.js";
import { writeCheckpoint } from "./write-checkpoint.js";

/**
 * Keeps checkpoints as folders `checkpoints/step-00000250` of the run's folder: model.safetensors,
 * optimizer.safetensors, state.json, model.json, what others attach, and last manifest.json.
 */
export class LocalCheckpointStore implements CheckpointStore, Disposable {
  readonly every: number | undefined;
  private readonly thread = new SaveThread();

  constructor(
    private readonly options: LocalCheckpointOptions,
    private readonly runFolder: string | undefined,
    private readonly logger: Logger,
  ) {
    this.every = options.every;
  }

  async save(checkpoint: Checkpoint): Promise<SavedCheckpoint> {
    if (this.runFolder === undefined) {
      throw checkpointErrors.CODEX_CHECKPOINT_NO_RUN({ what: "There is no run folder to save a checkpoint in." });
    }
    const folder = join(this.runFolder, "checkpoints");
    const saved = await writeCheckpoint(folder, checkpoint, this.thread);
    await this.pruneAfterSave(folder);
    return saved;
  }

  async dispose(): Promise<void> {
    await this.thread.dispose();
  }

  async load(path: string, options: LoadOptions = {}): Promise<LoadedCheckpoint> {
    return OpenCheckpoint.read(path, (open) => open.load(options));
  }

  async inspect(path: string): Promise<CheckpointContents> {
    return OpenCheckpoint.read(path, (open) => open.contents());
  }

  async verify(path: string): Promise<CheckpointContents> {
    return OpenCheckpoint.read(path, async (open) => {
      await open.verify();
      return open.contents();
    });
  }

  async list(folder: string): Promise<readonly SavedCheckpoint[]> {
    const names = (await namesIn(folder)).filter(isStepFolder);
    const found: SavedCheckpoint[] = [];
    for (const name of names.filter((each) => !names.includes(nameBefore(each) ?? ""))) {
      const path = join(folder, name);
      try {
        found.push(await OpenCheckpoint.read(path, (open) => open.summary()));
      } catch (error) {
        if (!isCodexError(error)) throw error;
        this.logger.warn("A checkpoint is left out, because it cannot be read whole.", { path, reason: error.what });
      }
    }
    return found.sort((a, b) => a.step - b.step);
  }

  /** @throws CODEX_CHECKPOINT_REMOVE when some could not be removed; the others are. */
  async prune(folder: string, { dryRun, ...asked }: PruneOptions = {}): Promise<readonly SavedCheckpoint[]> {
    const removed = prunable(await this.list(folder), { ...this.options, ...asked });
    if (!dryRun) await removeAll(removed);
    return removed;
  }

  /** What cannot be removed stays, and is tried again after the next save: the checkpoint itself is safe. */
  private async pruneAfterSave(folder: string): Promise<void> {
    try {
      for (const { path } of await this.prune(folder)) this.logger.debug("A checkpoint was removed.", { path });
    } catch (error) {
      if (!isCodexError(error)) throw error;
      this.logger.warn(error.what, { path: error.where ?? folder });
    }
  }
}

/** What a folder holds; nothing when it is not there. @throws CODEX_CHECKPOINT_READ */
async function namesIn(folder: string): Promise<readonly string[]> {
  return reading(folder, () =>
    readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
      throw error;
    }),
  );
}

async function removeAll(checkpoints: readonly SavedCheckpoint[]): Promise<void> {
  const failures: { readonly path: string; readonly cause: unknown }[] = [];
  for (const { path } of checkpoints) {
    await removeDurably(dirname(path), basename(path)).catch((cause: unknown) => failures.push({ path, cause }));
  }
  const [first] = failures;
  if (!first) return;
  throw checkpointErrors.CODEX_CHECKPOINT_REMOVE({
    what: `${failures.length} of ${checkpoints.length} checkpoints cannot be removed: ${(first.cause as Error).message}`,
    where: first.path,
    cause: first.cause,
  });
}
