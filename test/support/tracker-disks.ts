import { join } from "node:path";
import type { JsonObject } from "codex-core";
import { SmallDisk } from "./small-disk.js";

/** Options with which a tracker has all its files below a folder. */
const optionsIn = {
  files: (folder: string): JsonObject => ({ folder, formats: ["csv", "ndjson"] }),
  mlflow: (folder: string): JsonObject => ({ uri: join(folder, "mlruns") }),
  wandb: (folder: string): JsonObject => ({
    folder: join(folder, "wandb"),
    artifacts: ["config.yaml", "report.html", "before.txt", "during.txt", "after.txt"],
  }),
  tensorboard: (folder: string): JsonObject => ({ folder }),
  prometheus: (folder: string): JsonObject => ({ port: false, textfile: join(folder, "run.prom") }),
};

export type TrackerType = keyof typeof optionsIn;
export const trackerTypes = Object.keys(optionsIn) as readonly TrackerType[];

/** Room for all that a short run tells, and more than that. */
const smallBytes = 2 << 20;
const largeBytes = 8 << 20;

/** A small disk for each of some trackers, which has all the files of that tracker. */
export class TrackerDisks {
  private constructor(private readonly disks: ReadonlyMap<TrackerType, SmallDisk>) {}

  /** Undefined where none can be mounted. */
  static mount(types: readonly TrackerType[] = trackerTypes): TrackerDisks | undefined {
    const disks = new Map<TrackerType, SmallDisk>();
    for (const type of types) {
      const disk = SmallDisk.mount(smallBytes);
      if (disk) disks.set(type, disk);
      else {
        for (const other of disks.values()) other.dispose();
        return undefined;
      }
    }
    return new TrackerDisks(disks);
  }

  get types(): readonly TrackerType[] {
    return [...this.disks.keys()];
  }

  folderOf(type: TrackerType): string {
    return this.disks.get(type)!.folder;
  }

  optionsOf(type: TrackerType): JsonObject {
    return optionsIn[type](this.folderOf(type));
  }

  fill(pages = 0): void {
    for (const disk of this.disks.values()) disk.fill(pages);
  }

  enlarge(): void {
    for (const disk of this.disks.values()) disk.resize(largeBytes);
  }

  dispose(): void {
    for (const disk of this.disks.values()) disk.dispose();
  }
}
