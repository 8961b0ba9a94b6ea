import { basename, relative } from "node:path";
import type { RecordJournal } from "./record-journal.js";
import type { RunFolder } from "./run-folder.js";

/** What is told of a checkpoint; one that a killed process saved has no size that anybody noted. */
export interface ToldCheckpoint {
  readonly path: string;
  readonly step: number;
  readonly sizeBytes?: number;
}

/** Tells of a checkpoint in the run's events, and to its trackers. */
export function tellOfCheckpoint(folder: RunFolder, journal: RecordJournal, checkpoint: ToldCheckpoint): void {
  const { step, sizeBytes } = checkpoint;
  const path = relative(folder.path, checkpoint.path);
  folder.event("checkpoint", { step, path, sizeBytes });
  journal.record({ kind: "artifact", step, name: basename(path), type: "checkpoint", path });
}
