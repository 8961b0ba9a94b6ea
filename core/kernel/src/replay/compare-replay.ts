import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../contracts/json.js";
import { compareLocks, type LockDifference } from "../lock/compare-locks.js";
import { readLockfile } from "../lock/lockfile.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { parseNdjson } from "../run/ndjson-file.js";
import { compareMetrics, type MetricComparison } from "./compare-metrics.js";

/** What two runs share and what they do not. */
export interface ReplayComparison {
  /** Whether all numbers that were compared are the same, to the bit, and at least one was. */
  readonly identical: boolean;
  readonly metrics: MetricComparison;
  /** Checkpoints of the same step, and whether their tensors are the same. */
  readonly checkpoints: readonly { readonly step: number; readonly sameTensors: boolean }[];
  /** Samples of the same step whose texts differ, and how many were compared. */
  readonly samples: { readonly compared: number; readonly different: readonly number[] };
  /** Differences of the locks; undefined where one of the runs has none. */
  readonly locks?: readonly LockDifference[];
}

/** Compares the folders of two runs: metrics, tensors of checkpoints, samples, locks. */
export async function compareReplay(original: string, replay: string): Promise<ReplayComparison> {
  const [before, after] = [await readRun(original), await readRun(replay)];
  const metrics = compareMetrics(before.metrics, after.metrics);
  const checkpoints = [...before.checkpoints.keys()]
    .filter((step) => after.checkpoints.has(step))
    .map((step) => ({ step, sameTensors: before.checkpoints.get(step) === after.checkpoints.get(step) }));
  const shared = [...before.samples.keys()].filter((step) => after.samples.has(step));
  const different = shared.filter((step) => before.samples.get(step) !== after.samples.get(step));
  const identical =
    metrics.compared > 0 &&
    metrics.differences.length === 0 &&
    different.length === 0 &&
    checkpoints.every(({ sameTensors }) => sameTensors);
  const locks = before.lock && after.lock ? { locks: compareLocks(before.lock, after.lock) } : {};
  return { identical, metrics, checkpoints, samples: { compared: shared.length, different }, ...locks };
}

async function readRun(folder: string) {
  const events = parseNdjson(await readText(join(folder, "events.ndjson")));
  const samples = events.filter(({ event, step }) => event === "sample" && typeof step === "number");
  return {
    metrics: parseNdjson(await readText(join(folder, "metrics.ndjson"))) as JsonObject[],
    samples: new Map(samples.map(({ step, text }) => [step as number, text])),
    checkpoints: await tensorDigests(join(folder, "checkpoints")),
    lock: await readLockfile(join(folder, "lock.json")),
  };
}

/** What the manifests say of the tensors, by step. */
async function tensorDigests(folder: string): Promise<ReadonlyMap<number, string>> {
  const digests = new Map<number, string>();
  for (const name of await readdir(folder).catch(() => [])) {
    if (!/^step-\d+$/.test(name)) continue;
    const files = parseObject(await readText(join(folder, name, "manifest.json"))).files;
    if (!isJsonObject(files)) continue;
    const tensors = Object.entries(files).filter(([file]) => file.endsWith(".safetensors"));
    digests.set(Number(name.slice(5)), JSON.stringify(tensors.sort(([a], [b]) => (a < b ? -1 : 1))));
  }
  return digests;
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
