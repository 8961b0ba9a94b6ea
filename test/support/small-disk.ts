import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own, in memory, of a size; Linux lets root mount one. */
export class SmallDisk {
  private constructor(readonly folder: string) {}

  /** Undefined where none can be mounted. */
  static mount(sizeBytes: number): SmallDisk | undefined {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "codex disk ")));
    if (mount("-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", folder)) return new SmallDisk(folder);
    rmSync(folder, { recursive: true });
    return undefined;
  }

  /** Takes all of its space but some pages: then files grow by what is left of their last page, and new ones stay empty. */
  fill(pages = 0): void {
    const { bavail, bsize } = statfsSync(this.folder);
    try {
      writeFileSync(join(this.folder, "ballast"), Buffer.alloc(Math.max(0, bavail - pages) * bsize), { flag: "a" });
    } catch (error) {
      // Somebody else took the last of it.
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  resize(sizeBytes: number): void {
    if (!mount("-o", `remount,size=${sizeBytes}`, this.folder)) throw new Error("The disk cannot be resized.");
  }

  dispose(): void {
    spawnSync("umount", [this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function mount(...args: readonly string[]): boolean {
  return spawnSync("mount", args).status === 0;
}
