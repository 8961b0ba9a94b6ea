import { definePoint } from "./contribution-point.js";
import type { JsonObject, Named } from "./json.js";
import type { PartState } from "./stateful.js";
import type { TensorData, TensorSpecs } from "./tensor-data.js";

/** Writes files of its own into a folder of the checkpoint: config.yaml, tokenizer/ … */
export interface CheckpointAttachment {
  /** File or folder name inside the checkpoint. */
  readonly name: string;
  /** Called with the path to write to; a folder exists and is empty, a file does not exist. */
  readonly kind: "file" | "folder";
  write(path: string): Promise<void>;
}

/** All that a checkpoint keeps. */
export interface Checkpoint {
  /** Completed optimizer steps. */
  readonly step: number;
  /** Parameters by name. */
  readonly model: Named<TensorData>;
  /** Optimizer state by `SLOT.PARAMETER`. */
  readonly optimizer: Named<TensorData>;
  /** model.json */
  readonly modelDescription: JsonObject;
  /** State of parts by the part's name, `trainer` among them. */
  readonly parts: Named<PartState>;
  /** Metrics known at this step, for `monitor`. */
  readonly metrics: Named<number>;
  readonly attachments: readonly CheckpointAttachment[];
}

/** A checkpoint that is on disk. */
export interface SavedCheckpoint {
  /** Absolute path of its folder. */
  readonly path: string;
  readonly step: number;
  readonly metrics: Named<number>;
  readonly sizeBytes: number;
}

/** What a checkpoint holds, without its values. */
export interface CheckpointContents extends SavedCheckpoint {
  readonly formatVersion: number;
  /** Files by their name in the checkpoint. */
  readonly files: Named<{ readonly sizeBytes: number; readonly sha256: string }>;
  /** Tensors of the model and of the optimizer, by the names that they have in the file. */
  readonly tensors: { readonly model: TensorSpecs; readonly optimizer: TensorSpecs };
}

/** Which checkpoints of a folder stay. What is left out is as the store's options say. */
export interface PruneOptions {
  readonly keepLast?: number;
  readonly keepBest?: number;
  /** Removes nothing, and tells what would go. */
  readonly dryRun?: boolean;
}

/** What `load` reads; the tensors of a checkpoint may be large. */
export interface LoadOptions {
  /** Read the optimizer's tensors too. Default: true. */
  readonly optimizer?: boolean;
}

/** A checkpoint that was read and verified. */
export interface LoadedCheckpoint extends Omit<Checkpoint, "attachments"> {
  readonly path: string;
}

/** Keeps checkpoints. A checkpoint stands alone: generating and evaluating need nothing else. */
export interface CheckpointStore {
  /** Steps between saves, for the trainer to keep; left out: it saves once, at the end. */
  readonly every?: number;
  /** Saves into the run's folder and resolves when the checkpoint is durable; prunes what the policy does not keep. */
  save(checkpoint: Checkpoint): Promise<SavedCheckpoint>;
  /** @throws CODEX_CHECKPOINT_CORRUPT, CODEX_CHECKPOINT_NOT_FOUND, CODEX_CHECKPOINT_NEWER_FORMAT, CODEX_CHECKPOINT_READ */
  load(path: string, options?: LoadOptions): Promise<LoadedCheckpoint>;
  /** Complete checkpoints of a folder that holds `step-…` folders, oldest first. */
  list(folder: string): Promise<readonly SavedCheckpoint[]>;
  /** What a checkpoint holds; its tensors are not read. @throws what `load` throws */
  inspect(path: string): Promise<CheckpointContents>;
  /** Reads every byte of a checkpoint and compares it with its digests. @throws what `load` throws */
  verify(path: string): Promise<CheckpointContents>;
  /**
   * Removes what the policy does not keep of a folder that holds `step-…` folders, and tells what; never the newest.
   *
   * @throws CODEX_CHECKPOINT_REMOVE when some could not be removed; the others are
   */
  prune(folder: string, options?: PruneOptions): Promise<readonly SavedCheckpoint[]>;
}

/** What a checkpoint store tells a plan. */
export interface CheckpointFacts {
  /** Steps between saves. Left out: one, at the end. */
  readonly every?: number;
  /** Checkpoints of a run that are on disk at the most, the one that is being written among them. */
  readonly mostOnDisk?: number;
}

export const CheckpointPoint = definePoint<CheckpointStore, "one", CheckpointFacts>("checkpoint", {
  cardinality: "one",
  failurePolicy: "closed",
});
