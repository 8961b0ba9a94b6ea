import assert from "node:assert/strict";
import type { Disposable } from "../contracts/disposable.js";
import type { Json } from "../contracts/json.js";
import type { RunDescription, Tracker, TrackerRecord } from "../contracts/tracker.js";
import { deepFreeze, settles } from "./assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

/** The run that the tracker suite tracks. */
export function createRunDescription(folder: string, segment = 1): RunDescription {
  const runId = segment === 1 ? "20260101-120000-suite-00ff" : `20260101-120000-suite-00ff-${segment}`;
  return deepFreeze({
    runId,
    segment,
    isOver: false,
    name: "suite",
    project: "suite-project",
    folder,
    config: { trainer: { type: "lm", maxSteps: 3 }, run: { name: "suite", seed: 1 } },
    environment: { node: "v20.19.0", platform: "linux x64" },
    tags: { runId, host: "suite-host", platform: "linux x64", node: "v20.19.0", command: "codex train" },
    startedAtMs: 1_767_268_800_000,
  });
}

/** Metric records of steps from…to, numbered as the kernel numbers them. */
export function createMetricsRecords(fromStep: number, toStep: number): readonly TrackerRecord[] {
  const records: TrackerRecord[] = [];
  for (let step = fromStep; step <= toStep; step++) {
    const metrics = { "train/loss": 4 / step, "train/learningRate": 1e-3, "train/tokensPerSecond": 1234.5 };
    records.push({ kind: "metrics", sequence: step, step, timeMs: 1_767_268_800_000 + step * 1000, metrics });
  }
  return deepFreeze(records);
}

/** A record of each kind but metrics, numbered from 1001; no file that they name is there. */
export function createOddRecords(): readonly TrackerRecord[] {
  const base = (number: number) => ({ sequence: 1000 + number, step: 1, timeMs: 1_767_268_801_000 });
  const text = 'two\nlines, "quotes", an emoji \u{1f40b} and a NUL \0';
  return deepFreeze<readonly TrackerRecord[]>([
    { kind: "sample", ...base(1), prompt: "", text },
    { kind: "text", ...base(2), key: "notes/a b", text },
    { kind: "histogram", ...base(3), key: "weights/wte", edges: [-1, 0, 0.5], counts: [3, 4] },
    { kind: "table", ...base(4), key: "eval/cases", columns: ["a", "b"], rows: [[1, "x"], [null, true]] }, // biome-ignore format: a table
    { kind: "image", ...base(5), key: "attention", path: "media/gone.png" },
    { kind: "artifact", ...base(6), name: "config.yaml", type: "file", path: "gone.yaml" },
    { kind: "artifact", ...base(7), name: "step-00000001", type: "checkpoint", path: "checkpoints/step-00000001" },
    { kind: "params", ...base(8), params: { microBatch: 6, note: text, halved: true } },
    { kind: "tags", ...base(9), tags: { stage: "two" } },
  ]);
}

/** A number that a reader shows of a run. */
export interface ReadMetric {
  readonly key: string;
  readonly step: number;
  readonly value: number;
}

export interface TrackerSuiteSettings {
  /** What a reader of the tracker's shows of the run's metrics, in any order; what it would show twice, twice. */
  read?(run: RunDescription): Promise<readonly ReadMetric[]>;
}

/**
 * Conformance suite of the Tracker contract. `create` makes a tracker that may write below `folder`, which is the
 * run's folder too. With `read`, the suite sees that each number arrived once, whatever came between.
 */
export function describeTracker(
  name: string,
  create: (folder: string) => Tracker | Promise<Tracker>,
  { read }: TrackerSuiteSettings = {},
): void {
  const { describe, it, afterEach } = testRunner();
  const signal = new AbortController().signal;

  describe(`${name} keeps the Tracker contract`, () => {
    const made: (Tracker & Partial<Disposable>)[] = [];

    afterEach(async () => {
      // Also one whose process died.
      for (const tracker of made.splice(0)) await tracker.dispose?.();
      await removeTemporaryFolders();
    });

    async function createTracker(folder: string): Promise<Tracker> {
      const tracker = await create(folder);
      made.push(tracker);
      return tracker;
    }

    async function opened(): Promise<{ tracker: Tracker; folder: string; run: RunDescription; saved: Json }> {
      const folder = await createTemporaryFolder();
      const tracker = await createTracker(folder);
      const run = createRunDescription(folder);
      return { tracker, folder, run, saved: await tracker.open(run) };
    }

    /** As the kernel does it after a failure: only what is not there yet is written again. */
    async function writeAgain(tracker: Tracker, records: readonly TrackerRecord[]): Promise<void> {
      await tracker.write(tracker.missing ? await tracker.missing(records, signal) : records, signal);
    }

    async function assertRead(run: RunDescription, records: readonly TrackerRecord[]): Promise<void> {
      if (!read) return;
      assert.deepEqual(inOrder(await read(run)), inOrder(metricsOf(records)));
    }

    it("opens a run with something that JSON can carry", async () => {
      const { tracker, saved } = await opened();
      assert.deepEqual(JSON.parse(JSON.stringify(saved)), saved);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
    });

    it("writes records without changing them and closes", async () => {
      const { tracker, run } = await opened();
      await tracker.write(createMetricsRecords(1, 3), signal);
      await tracker.write([], signal);
      await tracker.write(createMetricsRecords(4, 4), signal);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
      await assertRead(run, createMetricsRecords(1, 4));
    });

    it("takes numbers that are not finite, new metrics and several records of one step", async () => {
      const { tracker } = await opened();
      const odd = deepFreeze<readonly TrackerRecord[]>([
        { kind: "metrics", sequence: 1, step: 1, timeMs: 1, metrics: { "train/loss": Number.NaN } },
        { kind: "metrics", sequence: 2, step: 1, timeMs: 2, metrics: { "train/loss": Number.POSITIVE_INFINITY } },
        { kind: "metrics", sequence: 3, step: 1, timeMs: 3, metrics: { "eval/loss": -0, 'a b/ü,"x"': 1e-300 } },
      ]);
      await tracker.write(odd, signal);
      await tracker.close({ status: "failed", endedAtMs: Date.now(), error: "CODEX_TEST: it\nfailed" });
    });

    it("takes or leaves out records of every kind, also when the files that they name are gone", async () => {
      const { tracker, run } = await opened();
      await tracker.write(createOddRecords(), signal);
      await tracker.write(createMetricsRecords(10, 10), signal);
      await tracker.close({ status: "interrupted", endedAtMs: Date.now() });
      await assertRead(run, createMetricsRecords(10, 10));
    });

    it("writes a batch again that failed", async () => {
      const { tracker, run } = await opened();
      await tracker.write(createMetricsRecords(1, 3), signal);
      await writeAgain(tracker, createMetricsRecords(2, 4));
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
      if (tracker.missing) await assertRead(run, createMetricsRecords(1, 4));
    });

    it("goes on with a run that it opened before, in the middle of a batch too", async () => {
      const { tracker, folder, run, saved } = await opened();
      await tracker.write(createMetricsRecords(1, 3), signal);
      // No close: the process died.
      const again = await createTracker(folder);
      const savedAgain = await again.open(run, JSON.parse(JSON.stringify(saved)));
      assert.deepEqual(savedAgain, saved, "what an earlier open returned means the same run");
      await writeAgain(again, createMetricsRecords(3, 5));
      await again.close({ status: "finished", endedAtMs: Date.now() });
      if (again.missing) await assertRead(run, createMetricsRecords(1, 5));
    });

    it("opens a run again that it closed, and the next segment after it", async () => {
      const { tracker, folder, run, saved } = await opened();
      await tracker.write(createMetricsRecords(1, 2), signal);
      await tracker.close({ status: "interrupted", endedAtMs: Date.now() });
      await tracker.open(run, JSON.parse(JSON.stringify(saved)));
      await tracker.write(createMetricsRecords(3, 3), signal);
      await tracker.close({ status: "interrupted", endedAtMs: Date.now() });
      const next = createRunDescription(folder, 2);
      await tracker.open(next);
      await tracker.write(createMetricsRecords(3, 4), signal);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
      await assertRead(run, createMetricsRecords(1, 3));
      await assertRead(next, createMetricsRecords(3, 4));
    });

    it("takes a run that is over", async () => {
      const folder = await createTemporaryFolder();
      const tracker = await createTracker(folder);
      const run = deepFreeze({ ...createRunDescription(folder), isOver: true });
      await tracker.open(run);
      await tracker.write(createMetricsRecords(1, 3), signal);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
      await assertRead(run, createMetricsRecords(1, 3));
    });

    it("can be closed without a record", async () => {
      const { tracker } = await opened();
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
    });

    it("settles soon when the signal is aborted", async () => {
      const { tracker } = await opened();
      await settles(tracker.write(createMetricsRecords(1, 3), AbortSignal.abort()), 5000);
      await tracker.close({ status: "interrupted", endedAtMs: Date.now() });
    });
  });
}

function metricsOf(records: readonly TrackerRecord[]): readonly ReadMetric[] {
  return records.flatMap((record) =>
    record.kind === "metrics"
      ? Object.entries(record.metrics).map(([key, value]) => ({ key, step: record.step, value }))
      : [],
  );
}

function inOrder(metrics: readonly ReadMetric[]): readonly ReadMetric[] {
  return metrics
    .map(({ key, step, value }) => ({ key, step, value }))
    .sort((left, right) => left.step - right.step || left.key.localeCompare(right.key));
}
