import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { CodexError, Tracker, TrackerRecord } from "codex-core";
import {
  createMetricsRecords,
  createRunDescription,
  createTemporaryFolder,
  MemoryTracker,
  removeTemporaryFolders,
} from "codex-core/testing";
import { TrackerQueue } from "#src/run/tracker-queue.js";
import { TrackerSpool } from "#src/run/tracker-spool.js";
import { readRows } from "./fake-run.js";

const finished = { status: "finished", endedAtMs: 1 } as const;

describe("TrackerQueue", () => {
  let folder: string;
  let failures: CodexError[];

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    failures = [];
  });

  afterEach(removeTemporaryFolders);

  function start(tracker: Tracker, resumedAtStep?: number, limitMs = 200): TrackerQueue {
    const queue = new TrackerQueue({
      name: "mine",
      tracker,
      folder,
      limitMs,
      retryMs: [5, 10],
      gatherMs: 5,
      onFailed: (error) => failures.push(error),
    });
    queue.start(createRunDescription(folder, resumedAtStep));
    return queue;
  }

  const pushAll = (queue: TrackerQueue, records: readonly TrackerRecord[]) => {
    for (const record of records) queue.push(record);
  };

  const spooled = () => readRows(folder, "trackers/mine.spool.ndjson");

  it("delivers everything in order, in batches", async () => {
    const tracker = new MemoryTracker();
    const queue = start(tracker);
    pushAll(queue, createMetricsRecords(1, 1200));
    await queue.close(finished);
    expect(tracker.records.map(({ step }) => step)).to.deep.equal(
      Array.from({ length: 1200 }, (_, index) => index + 1),
    );
    expect(tracker.batches.every((size) => size <= 500)).to.equal(true);
    expect(tracker.batches.length).to.be.lessThan(10);
    expect(tracker.outcome).to.equal(finished);
    expect(failures).to.deep.equal([]);
  });

  it("never makes the run wait, and gives a slow tracker larger batches", async () => {
    const tracker = new MemoryTracker({ writeMs: 30 });
    const queue = start(tracker);
    const before = performance.now();
    for (const record of createMetricsRecords(1, 100)) {
      queue.push(record);
      await sleep(0);
    }
    expect(performance.now() - before).to.be.lessThan(1500);
    await queue.close(finished);
    expect(tracker.records).to.have.length(100);
    expect(tracker.batches.length).to.be.lessThan(60);
  });

  it("tries a batch again, and delivers it once it works", async () => {
    const tracker = new MemoryTracker({ failures: 2 });
    const queue = start(tracker);
    pushAll(queue, createMetricsRecords(1, 3));
    await queue.close(finished);
    expect(tracker.attempts).to.equal(3);
    expect(tracker.records).to.have.length(3);
    expect(failures).to.deep.equal([]);
  });

  it("gives a tracker that goes on failing up, says so once, and spools what it missed", async () => {
    const tracker = new MemoryTracker({ failures: Number.POSITIVE_INFINITY });
    const queue = start(tracker);
    pushAll(queue, createMetricsRecords(1, 3));
    await sleep(100);
    expect(failures.map(({ code }) => code)).to.deep.equal(["CODEX_TRACKER_FAILED"]);
    expect(failures[0]!.message).to.include("mine failed: the server said 503");
    pushAll(queue, createMetricsRecords(4, 5));
    await sleep(50);
    expect(
      (await spooled()).map(({ step }) => step),
      "on disk before the run ends",
    ).to.deep.equal([1, 2, 3, 4, 5]);
    await queue.close(finished);
    expect(await spooled()).to.have.length(5);
    expect(failures).to.have.length(1);
    expect(tracker.outcome).to.equal(finished);
  });

  it("spools everything for a tracker that cannot be opened", async () => {
    const queue = start(new MemoryTracker({ failOpen: true }));
    pushAll(queue, createMetricsRecords(1, 2));
    await queue.close(finished);
    expect(failures[0]!.message).to.include("cannot be opened: no connection");
    expect(await spooled()).to.have.length(2);
  });

  it("gives up a tracker that never settles, at opening, writing and closing", async () => {
    const never = () => new Promise<never>(() => undefined);
    const fine = new MemoryTracker();
    const open = () => fine.open(createRunDescription(folder));
    const stuck: readonly Tracker[] = [
      { open: never, write: never, close: never },
      { open, write: never, close: async () => undefined },
      { open, write: async () => undefined, close: never },
    ];
    for (const tracker of stuck) {
      failures = [];
      const queue = start(tracker, undefined, 30);
      pushAll(queue, createMetricsRecords(1, 2));
      const before = performance.now();
      await queue.close(finished);
      expect(performance.now() - before).to.be.lessThan(500);
      expect(failures.map(({ code }) => code)).to.deep.equal(["CODEX_TRACKER_FAILED"]);
      expect(failures[0]!.message).to.match(/did not (take all records|close) in 30 ms/);
    }
  });

  it("survives trackers that throw at once", async () => {
    const throwing = () => {
      throw new TypeError("not a function");
    };
    const queue = start({ open: throwing, write: throwing, close: throwing });
    queue.push(createMetricsRecords(1, 1)[0]!);
    await queue.close(finished);
    expect(failures).to.have.length(1);
  });

  it("hands over what it missed when the run goes on, without records past the checkpoint", async () => {
    const first = start(new MemoryTracker({ failures: 1e9 }));
    pushAll(first, createMetricsRecords(1, 9));
    await first.close(finished);
    const tracker = new MemoryTracker();
    const second = start(tracker, 6);
    pushAll(second, createMetricsRecords(7, 8));
    await second.close(finished);
    expect(tracker.records.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await readFile(join(folder, "trackers/mine.spool.ndjson"), "utf8").catch(() => "gone")).to.equal("gone");
    expect(tracker.saved).to.have.property("remoteId");
  });

  it("starts a new run without what another run left", async () => {
    const first = start(new MemoryTracker({ failures: 1e9 }));
    pushAll(first, createMetricsRecords(1, 2));
    await first.close(finished);
    const tracker = new MemoryTracker();
    await start(tracker).close(finished);
    expect(tracker.records).to.deep.equal([]);
    expect(tracker.saved).to.equal(undefined);
  });
});

describe("TrackerSpool", () => {
  afterEach(removeTemporaryFolders);

  it("keeps records as they are, numbers that are not finite too, and skips lines that were cut", async () => {
    const path = join(await createTemporaryFolder(), "deep/spool.ndjson");
    const spool = new TrackerSpool(path);
    const records: TrackerRecord[] = [
      {
        kind: "metrics",
        sequence: 1,
        step: 1,
        timeMs: 5,
        metrics: { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: 1.5 },
      },
      { kind: "sample", sequence: 2, step: 1, timeMs: 6, prompt: "a\nb", text: "\u{1f40b}" },
    ];
    await spool.replace(records);
    await spool.append([{ kind: "metrics", sequence: 3, step: 2, timeMs: 7, metrics: {} }]);
    expect(await spool.read()).to.deep.equal([
      ...records,
      { kind: "metrics", sequence: 3, step: 2, timeMs: 7, metrics: {} },
    ]);
    expect(await spool.read(1)).to.deep.equal(records);
    const { appendFile } = await import("node:fs/promises");
    await appendFile(path, '{"kind":"metrics"}\n[]\n{"kind":"sam');
    expect(await spool.read()).to.have.length(3);
    await spool.replace([]);
    expect(await spool.read()).to.deep.equal([]);
  });
});
