import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoint, LoadedCheckpoint } from "codex-core";
import { describeCheckpointStore, JsonCheckpointStore } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of checkpoint stores", () => {
  describeMutants({
    "a store that verifies nothing": [
      () =>
        describeCheckpointStore(
          "mutant",
          (folder) =>
            new (class extends JsonCheckpointStore {
              override async load(path: string): Promise<LoadedCheckpoint> {
                return super.load(path).catch(() => ({ step: 1 }) as LoadedCheckpoint);
              }
            })(folder),
        ),
      /notices a changed byte/,
    ],
    "a store that leaves half a checkpoint": [
      () =>
        describeCheckpointStore(
          "mutant",
          (folder) =>
            new (class extends JsonCheckpointStore {
              override async save(checkpoint: Checkpoint) {
                const saved = await super.save({ ...checkpoint, attachments: [] });
                for (const { name, write } of checkpoint.attachments) await write(join(saved.path, name));
                await writeFile(join(saved.path, "late"), "");
                return saved;
              }
            })(folder),
        ),
      /leaves no checkpoint behind/,
    ],
  });
});
