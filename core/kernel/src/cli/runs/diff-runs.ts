import { join } from "node:path";
import type { Json, Named } from "../../contracts/json.js";
import { isRepeatableMetric } from "../../contracts/repeatable-metric.js";
import { compareLocks, type LockDifference, type LockEffect, promisesSameBits } from "../../lock/compare-locks.js";
import { readLockfile } from "../../lock/lockfile.js";
import { flatten } from "../../report/flatten.js";
import { type ValueDifference, valueDifferences } from "../../report/value-differences.js";
import { readObject } from "../../run/read-run-file.js";
import type { RunSummary } from "../../run/run-summary.js";
import { formatMetric } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import { printable } from "../printable.js";

/** What two runs have apart. */
export interface RunDifferences {
  readonly runs: readonly [string, string];
  /** Whether the locks promise the same numbers, to the bit; null when a run has no lock. */
  readonly sameBitsPromised: boolean | null;
  /** `saved` is the first run's side, `current` the second's. */
  readonly lock: readonly LockDifference[];
  readonly environment: readonly ValueDifference[];
  /** Newest metrics, and the step they reached; without those that no run repeats. */
  readonly metrics: readonly ValueDifference[];
}

/**
 * Reads and compares the locks, environments and newest metrics of two runs.
 *
 * @throws CODEX_LOCK_INVALID, CODEX_LOCK_NEWER_FORMAT
 */
export async function diffRuns(first: RunSummary, second: RunSummary): Promise<RunDifferences> {
  const [before, after] = await Promise.all([lockOf(first), lockOf(second)]);
  const lock = before && after ? compareLocks(before, after) : [];
  return {
    runs: [first.runId, second.runId],
    sameBitsPromised: before && after ? promisesSameBits(lock) : null,
    lock,
    environment: valueDifferences(await environmentOf(first), await environmentOf(second)),
    metrics: valueDifferences(metricsOf(first), metricsOf(second)),
  };
}

const effects: { readonly [effect in LockEffect]: string } = {
  numbers: "changes numbers",
  maybe: "may change numbers",
  none: "changes no number",
};

/** `codex runs diff` for a person. */
export function renderRunDifferences({ runs, sameBitsPromised, ...differing }: RunDifferences): string {
  const { lock, environment, metrics } = differing;
  const heading = ["", ...runs];
  const parts: string[] = [];
  if (lock.length > 0) {
    const order: readonly LockEffect[] = ["numbers", "maybe", "none"];
    const sorted = [...lock].sort((a, b) => order.indexOf(a.effect) - order.indexOf(b.effect));
    const rows = sorted.map(({ key, area, saved, current, effect }) => [
      printable(area === key ? key : `${area}: ${key}`),
      cell(saved),
      cell(current),
      effects[effect],
    ]);
    parts.push(renderTable([[...heading, "effect"], ...rows]));
  }
  for (const [title, values] of [
    ["environment", environment],
    ["metrics", metrics],
  ] as const) {
    if (values.length === 0) continue;
    const rows = values.map(({ key, first, second }) => [printable(key), cell(first), cell(second)]);
    parts.push(`${title}\n${renderTable([heading, ...rows])}`);
  }
  parts.push(`${conclusion(sameBitsPromised)}\n`);
  return parts.join("\n");
}

function conclusion(promised: boolean | null): string {
  if (promised === null) return "A run has no lock.json, so nobody can say what differs in what its numbers depend on.";
  return promised
    ? "Nothing differs that can change numbers."
    : "What can change numbers differs: the runs need not agree.";
}

async function lockOf(run: RunSummary) {
  return readLockfile(join(run.folder, "lock.json"));
}

/** The leaves of environment.json, without those that the lock or every run has apart. */
async function environmentOf(run: RunSummary): Promise<Named<Json>> {
  const found = await readObject(join(run.folder, "environment.json"));
  if (!("value" in found)) return {};
  const { runId: _, device: __, ...kept } = found.value;
  return Object.fromEntries(flatten(kept));
}

function metricsOf(run: RunSummary): Named<Json> {
  const entries = Object.entries(run.metrics).filter(([name]) => isRepeatableMetric(name));
  return Object.fromEntries([["step", run.step ?? null] as const, ...entries]);
}

/** A value in at most 40 characters. */
function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "-";
  const text =
    typeof value === "number" ? formatMetric(value) : typeof value === "string" ? value : JSON.stringify(value);
  const line = printable(text).replace(/\s+/g, " ");
  return line.length > 40 ? `${line.slice(0, 37)}...` : line;
}
