import assert from "node:assert/strict";
import type { RunDescription, Tracker, TrackerRecord } from "../contracts/tracker.js";
import { deepFreeze, settles } from "./assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

/** The run that the tracker suite tracks. */
export function createRunDescription(folder: string, resumedAtStep?: number): RunDescription {
  return deepFreeze({
    runId: "20260101-120000-suite-00ff",
    name: "suite",
    folder,
    config: { trainer: { type: "lm", maxSteps: 3 }, run: { name: "suite", seed: 1 } },
    environment: { node: "v20.19.0", platform: "linux" },
    startedAtMs: 1_767_268_800_000,
    ...(resumedAtStep === undefined ? {} : { resumedAtStep }),
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

/**
 * Conformance suite of the Tracker contract. `create` makes a tracker that may write below `folder`, which is the
 * run's folder too.
 */
export function describeTracker(name: string, create: (folder: string) => Tracker | Promise<Tracker>): void {
  const { describe, it, afterEach } = testRunner();
  const signal = new AbortController().signal;

  describe(`${name} keeps the Tracker contract`, () => {
    afterEach(removeTemporaryFolders);

    async function opened(): Promise<{
      tracker: Tracker;
      folder: string;
      saved: Awaited<ReturnType<Tracker["open"]>>;
    }> {
      const folder = await createTemporaryFolder();
      const tracker = await create(folder);
      return { tracker, folder, saved: await tracker.open(createRunDescription(folder)) };
    }

    it("opens a run with something that JSON can carry", async () => {
      const { tracker, saved } = await opened();
      assert.deepEqual(JSON.parse(JSON.stringify(saved)), saved);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
    });

    it("writes records without changing them and closes", async () => {
      const { tracker } = await opened();
      await tracker.write(createMetricsRecords(1, 3), signal);
      await tracker.write([], signal);
      await tracker.write(createMetricsRecords(4, 4), signal);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
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

    it("takes samples with any text", async () => {
      const { tracker } = await opened();
      const text = 'two\nlines, "quotes", an emoji \u{1f40b} and a NUL \0';
      const sample: TrackerRecord = { kind: "sample", sequence: 1, step: 1, timeMs: 1, prompt: "", text };
      await tracker.write(deepFreeze([sample]), signal);
      await tracker.close({ status: "interrupted", endedAtMs: Date.now() });
    });

    it("takes the same records again: delivery is at least once", async () => {
      const { tracker } = await opened();
      await tracker.write(createMetricsRecords(1, 3), signal);
      await tracker.write(createMetricsRecords(2, 4), signal);
      await tracker.close({ status: "finished", endedAtMs: Date.now() });
    });

    it("goes on with a run that it opened before", async () => {
      const { tracker, folder, saved } = await opened();
      await tracker.write(createMetricsRecords(1, 3), signal);
      await tracker.close({ status: "interrupted", endedAtMs: Date.now() });
      const again = await create(folder);
      const savedAgain = await again.open(createRunDescription(folder, 2), JSON.parse(JSON.stringify(saved)));
      assert.deepEqual(savedAgain, saved, "what an earlier open returned means the same run");
      await again.write(createMetricsRecords(3, 5), signal);
      await again.close({ status: "finished", endedAtMs: Date.now() });
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
