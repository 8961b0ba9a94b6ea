import { join } from "node:path";
import { runErrors } from "../errors/run-errors.js";
import { compareLocks } from "../lock/compare-locks.js";
import { describeDifference } from "../lock/describe-difference.js";
import { type Lockfile, readLockfile } from "../lock/lockfile.js";

export interface ResumeCheckSettings {
  /** The checkpoint's folder. */
  readonly checkpoint: string;
  /** The lock of the run that goes on. */
  readonly lock: Lockfile;
  readonly allowChanged: readonly "data"[];
  readonly requireExact: boolean;
}

/**
 * Compares the lock of a checkpoint with the lock of now, before anything is changed.
 *
 * @returns sentences that say why the resume is not exact; none when it promises the bits of an uninterrupted run.
 * @throws CODEX_RUN_RESUME_CHANGED when tokenizer or data are others
 * @throws CODEX_RUN_RESUME_INEXACT when exactness is required and not promised
 * @throws CODEX_LOCK_INVALID, CODEX_LOCK_NEWER_FORMAT
 */
export async function checkResume(settings: ResumeCheckSettings): Promise<readonly string[]> {
  const { checkpoint, lock, allowChanged, requireExact } = settings;
  const where = join(checkpoint, "lock.json");
  const saved = await readLockfile(where);
  const differences = saved ? compareLocks(saved, lock) : [];
  // Another tokenizer makes other data of the same texts: it is told of first.
  for (const area of ["tokenizer", "data"] as const) {
    const isChanged = differences.some((difference) => difference.area === area);
    if (isChanged && (area === "tokenizer" || !allowChanged.includes("data"))) {
      const owner = area === "tokenizer" ? "The tokenizer" : "The data";
      throw runErrors.CODEX_RUN_RESUME_CHANGED({
        what: `${owner} changed since the checkpoint was saved: ${saved?.[area]} then, ${lock[area]} now.`,
        where,
      });
    }
  }
  const doubts = saved
    ? differences.filter(({ effect }) => effect !== "none").map(describeDifference)
    : ["the checkpoint carries no lock.json, so nobody knows what it was made with"];
  if (requireExact && doubts.length > 0) {
    throw runErrors.CODEX_RUN_RESUME_INEXACT({ what: `The resume is not exact: ${doubts.join("; ")}.`, where });
  }
  return doubts;
}
