import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../contracts/json.js";
import { compareLocks, type LockDifference, observingKeys } from "../lock/compare-locks.js";
import { readLockfile } from "../lock/lockfile.js";
import { parseNdjson } from "../run/ndjson-file.js";
import { type CheckpointComparison, compareCheckpoints, type VerifyCheckpoint } from "./compare-checkpoints.js";
import { compareMetrics, type MetricComparison } from "./compare-metrics.js";
import { type Resume, readResumes } from "./read-resumes.js";

/** What two runs share and what they do not. */
export interface ReplayComparison {
  /** Whether all numbers that were compared are the same, to the bit, at least one was, and no checkpoint is damaged. */
  readonly identical: boolean;
  readonly metrics: MetricComparison;
  /** Checkpoints of the same step. */
  readonly checkpoints: readonly CheckpointComparison[];
  /** Samples of the same step whose texts differ, and how many were compared. */
  readonly samples: { readonly compared: number; readonly different: readonly number[] };
  /** Differences of the locks, without what a replay leaves out; undefined where one of the runs has none. */
  readonly locks?: readonly LockDifference[];
  /** Where the original went on from checkpoints, and with which other options. */
  readonly resumes: readonly Resume[];
}

/** Compares the folders of two runs: metrics, tensors of checkpoints, samples, locks. */
export async function compareReplay(
  original: string,
  replay: string,
  verify: VerifyCheckpoint,
): Promise<ReplayComparison> {
  const [before, after] = [await readRun(original), await readRun(replay)];
  const metrics = compareMetrics(before.metrics, after.metrics);
  const checkpoints = await compareCheckpoints(original, replay, verify);
  const shared = [...before.samples.keys()].filter((step) => after.samples.has(step));
  const different = shared.filter((step) => before.samples.get(step) !== after.samples.get(step));
  const identical =
    metrics.compared > 0 &&
    metrics.differences.length === 0 &&
    different.length === 0 &&
    checkpoints.every(({ sameTensors }) => sameTensors);
  const locks = before.lock && after.lock ? compareLocks(before.lock, after.lock) : undefined;
  return {
    identical,
    metrics,
    checkpoints,
    samples: { compared: shared.length, different },
    ...(locks ? { locks: locks.filter((each) => !isLeftOut(each)) } : {}),
    resumes: await readResumes(original, before.events),
  };
}

/**
 * Whether a difference is only that a replay has no trackers and no callbacks. Its other parts are the original's: a
 * plugin that it does without served those. What fills a part now in another's place is in the replay's lock.
 */
function isLeftOut({ area, key, current }: LockDifference): boolean {
  if (area === "plugin") return current === undefined;
  return area === "config" && (key === observingKeys || /^callback(\.|$)/.test(key));
}

async function readRun(folder: string) {
  const events = parseNdjson(await readText(join(folder, "events.ndjson")));
  const samples = events.filter(({ event, step }) => event === "sample" && typeof step === "number");
  return {
    events,
    metrics: parseNdjson(await readText(join(folder, "metrics.ndjson"))) as JsonObject[],
    samples: new Map(samples.map(({ step, text }) => [step as number, text])),
    lock: await readLockfile(join(folder, "lock.json")),
  };
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
