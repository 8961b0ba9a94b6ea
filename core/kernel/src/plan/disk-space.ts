import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { planErrors } from "../errors/plan-errors.js";
import { formatBytes } from "../text/quantity.js";
import type { RunPlan } from "./plan-run.js";
import type { Problems } from "./problems.js";

/** What a run's folder may take. */
export interface DiskSpace {
  /** The run's folder, or the one that its folder will be in. */
  readonly folder: string;
  /** Undefined where the system does not tell. */
  readonly freeBytes?: number;
  /** Checkpoints that the run's folder holds already. */
  readonly kept: number;
}

/** Bytes that are free for this user where a folder is, or will be; undefined where the system does not tell. */
export async function freeBytesAt(folder: string): Promise<number | undefined> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return blocks > 0 ? bavail * bsize : undefined;
  } catch {
    return dirname(folder) === folder ? undefined : freeBytesAt(dirname(folder));
  }
}

/**
 * Adds CODEX_PLAN_DISK where not even one checkpoint has room, and gives a warning where not all have that will be kept.
 * A store that does not tell how many it keeps may keep them elsewhere, and is not checked.
 */
export function checkDisk(
  { checkpointBytes, diskBytes }: RunPlan,
  { folder, freeBytes, kept }: DiskSpace,
  problems: Problems,
): readonly string[] {
  if (!checkpointBytes || !diskBytes || freeBytes === undefined) return [];
  const room = `${formatBytes(freeBytes)} are free on the disk of ${folder}`;
  if (freeBytes < checkpointBytes) {
    problems.add(
      planErrors.CODEX_PLAN_DISK({
        what: `A checkpoint takes ${formatBytes(checkpointBytes)}; ${room}.`,
        where: "config → run.outputDir",
      }),
    );
    return [];
  }
  const toCome = diskBytes - Math.min(kept * checkpointBytes, diskBytes - checkpointBytes);
  if (freeBytes >= toCome) return [];
  return [`The checkpoints take ${formatBytes(toCome)} at the most, and ${room}: a later one may not be saved.`];
}
