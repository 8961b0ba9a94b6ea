import { execFile } from "node:child_process";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { type CodexError, defineErrors, type Tracker, type TrackerRecord } from "codex-core";
import {
  createMetricsRecords,
  createRunDescription,
  createTemporaryFolder,
  MemoryTracker,
  removeTemporaryFolders,
} from "codex-core/testing";
import { RecordCache } from "#src/run/record-cache.js";
import { toRow } from "#src/run/record-row.js";
import type { RunSegment } from "#src/run/run-segments.js";
import { SupersededRecords } from "#src/run/superseded-records.js";
import { TrackerDelivery } from "#src/run/tracker-delivery.js";
import { readJson } from "./fake-run.js";

const run = promisify(execFile);
const finished = { status: "finished", endedAtMs: 1 } as const;

describe("TrackerDelivery", () => {
  let folder: string;
  let failures: CodexError[];
  let recovered: number;
  let last: number;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    failures = [];
    recovered = 0;
    last = 0;
  });

  afterEach(removeTemporaryFolders);

  async function tell(records: readonly TrackerRecord[], suffix = ""): Promise<void> {
    for (const record of records) {
      const name = record.kind === "metrics" ? "metrics" : "events";
      await appendFile(join(folder, `${name}${suffix}.ndjson`), `${JSON.stringify(toRow(record))}\n`);
      last = Math.max(last, record.sequence);
    }
  }

  function deliveryTo(tracker: Tracker, limitMs = 300, segments?: readonly RunSegment[]): TrackerDelivery {
    return new TrackerDelivery({
      name: "mine",
      tracker,
      folder,
      segments: segments ?? [{ fromSequence: 1, fromStep: 0 }],
      superseded: new SupersededRecords(folder),
      cache: new RecordCache(),
      describe: (segment, isOver) => ({ ...createRunDescription(folder, segment), isOver }),
      lastSequence: () => last,
      limitMs,
      retryMs: [5, 10],
      gatherMs: 5,
      onFailed: (error) => failures.push(error),
      onRecovered: () => recovered++,
    });
  }

  function start(tracker: Tracker, limitMs?: number, segments?: readonly RunSegment[]): TrackerDelivery {
    const delivery = deliveryTo(tracker, limitMs, segments);
    delivery.start();
    return delivery;
  }

  const stepsOf = (tracker: MemoryTracker) => tracker.metrics.map(({ step }) => step);
  const steps = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const numbered = (records: readonly TrackerRecord[], from: number) =>
    records.map((record, index) => ({ ...record, sequence: from + index }));

  it("delivers all kinds in order, in batches, and closes", async () => {
    const tracker = new MemoryTracker();
    await tell(createMetricsRecords(1, 600));
    const delivery = start(tracker);
    await sleep(30);
    await tell([{ kind: "sample", sequence: 601, step: 600, timeMs: 5, prompt: "a\nb", text: "\u{1f40b}" }]);
    await tell(createMetricsRecords(602, 1200));
    expect(await delivery.close(finished)).to.equal(true);
    expect(tracker.records.map(({ sequence }) => sequence)).to.deep.equal(steps(1, 1200));
    expect(tracker.records[600]).to.include({ kind: "sample", text: "\u{1f40b}" });
    expect(tracker.batches.every((size) => size <= 500)).to.equal(true);
    expect(tracker.batches.length).to.be.lessThan(100);
    expect(tracker.outcome).to.equal(finished);
    expect(failures).to.deep.equal([]);
    expect(await readJson(folder, "trackers/mine.json")).to.deep.include({ closed: true, settled: [[1, 1200]] });
  });

  it("brings numbers that are not finite", async () => {
    const metrics = { a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: 1.5 };
    const edges = [Number.NEGATIVE_INFINITY, 0, 1];
    const records: TrackerRecord[] = [
      { kind: "metrics", sequence: 1, step: 1, timeMs: 5, metrics },
      { kind: "histogram", sequence: 2, step: 1, timeMs: 5, key: "weights", edges, counts: [1, 2] },
    ];
    await tell(records);
    const tracker = new MemoryTracker();
    await start(tracker).close(finished);
    expect(tracker.records).to.deep.equal(records);
  });

  it("goes on trying while the run goes on, says so once, and says when it works again", async () => {
    const tracker = new MemoryTracker({ failures: 12 });
    await tell(createMetricsRecords(1, 3));
    const delivery = start(tracker);
    while (recovered === 0) await sleep(5);
    expect(failures.map(({ code }) => code)).to.deep.equal(["CODEX_TRACKER_FAILED"]);
    expect(failures[0]!.message).to.include("mine failed: the server said 503");
    expect(await delivery.close(finished)).to.equal(true);
    expect(stepsOf(tracker)).to.deep.equal([1, 2, 3]);
  });

  it("says what the tracker's own error says of why and what to do", async () => {
    const tracker = new MemoryTracker();
    const { CODEX_PORT_TAKEN } = defineErrors({
      CODEX_PORT_TAKEN: { exitCode: 1, when: "x", fix: "Take another port." },
    });
    tracker.open = async () => {
      throw CODEX_PORT_TAKEN({ what: "The port is taken.", where: "config → here", why: "Another run has it." });
    };
    await start(tracker).close(finished);
    expect(failures[0]).to.include({
      code: "CODEX_TRACKER_FAILED",
      where: "config → here",
      why: "Another run has it.",
    });
    expect(failures[0]!.fix).to.equal("Take another port.");
  });

  it("waits as long as the tracker asks for", async () => {
    const tracker = new MemoryTracker();
    let calls = 0;
    tracker.open = async () => {
      if (++calls === 1) throw Object.assign(new Error("429"), { retryAfterMs: 120 });
      return null;
    };
    const delivery = start(tracker);
    while (calls < 1) await sleep(1);
    const asked = performance.now();
    while (calls < 2) await sleep(1);
    expect(performance.now() - asked).to.be.greaterThan(100);
    await delivery.close(finished);
  });

  it("writes again only what is missing of a batch that failed", async () => {
    const tracker = new MemoryTracker({ failures: 2, arrivingOfFailed: 2 });
    await tell(createMetricsRecords(1, 5));
    expect(await start(tracker).close(finished)).to.equal(true);
    expect(stepsOf(tracker)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("leaves what a tracker did not take to the next time", async () => {
    await tell(createMetricsRecords(1, 9));
    expect(await start(new MemoryTracker({ failures: Number.POSITIVE_INFINITY })).close(finished)).to.equal(false);
    expect(await start(new MemoryTracker({ failOpen: true })).close(finished)).to.equal(false);
    expect(failures.at(-1)!.message).to.include("cannot be opened: no connection");
    const tracker = new MemoryTracker();
    expect(await start(tracker).close(finished)).to.equal(true);
    expect(stepsOf(tracker)).to.deep.equal(steps(1, 9));
    expect(tracker.saved).to.have.property("remoteId");
  });

  it("does not write again what arrived when the tracker failed to close", async () => {
    await tell(createMetricsRecords(1, 9));
    const tracker = new MemoryTracker();
    const { close } = tracker;
    // One that cannot tell what it has.
    Object.assign(tracker, { missing: undefined, close: () => Promise.reject(new Error("the server said 503")) });
    expect(await start(tracker).close(finished)).to.equal(false);
    Object.assign(tracker, { close });
    expect(await deliveryTo(tracker).deliverRest(finished)).to.equal(true);
    expect(stepsOf(tracker)).to.deep.equal(steps(1, 9));
  });

  it("brings all of a run to another place, and to one by another name only what is not there", async () => {
    const at = (place: string, tracker = new MemoryTracker()) => Object.assign(tracker, { place });
    await tell(createMetricsRecords(1, 6));
    const one = at("one");
    expect(await start(one, 5000).close(finished)).to.equal(true);
    const other = at("other");
    expect(await start(other, 5000).close(finished)).to.equal(true);
    expect(stepsOf(other)).to.deep.equal(steps(1, 6));
    expect(other.saved).to.equal(undefined);
    await tell(numbered(createMetricsRecords(7, 8), 7));
    const again = at("one by another name", one);
    expect(await start(again, 5000).close(finished)).to.equal(true);
    expect(stepsOf(again)).to.deep.equal(steps(1, 8));
    expect(await readFile(join(folder, "trackers/mine.json"), "utf8")).not.to.include("name");
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
      folder = await createTemporaryFolder();
      await tell(createMetricsRecords(1, 2));
      const delivery = start(tracker, 30);
      const before = performance.now();
      expect(await delivery.close(finished)).to.equal(false);
      expect(performance.now() - before).to.be.lessThan(1000);
      expect(failures.map(({ code }) => code)).to.deep.equal(["CODEX_TRACKER_FAILED"]);
      expect(failures[0]!.message).to.match(/did not (take all records|open|write|close) in 30 ms/);
    }
  });

  it("never calls a tracker that has not settled an earlier call", async () => {
    let running = 0;
    let most = 0;
    const slow = async () => {
      most = Math.max(most, ++running);
      await sleep(100);
      running--;
    };
    await tell(createMetricsRecords(1, 2));
    const delivery = start({ open: async () => null, write: slow, close: slow }, 20);
    await sleep(400);
    await delivery.close(finished);
    expect(most).to.equal(1);
    // A call that is late may end well yet, and is noted: before its folder goes.
    await sleep(200);
  });

  it("keeps a process alive that has nothing else to do than to deliver the rest", async () => {
    await tell(createMetricsRecords(1, 3));
    const module = new URL("../../dist/run/tracker-delivery.js", import.meta.url).href;
    const script = `
      const { TrackerDelivery } = await import(${JSON.stringify(module)});
      const refuse = async () => { throw new Error("no"); };
      const delivery = new TrackerDelivery({
        name: "mine",
        tracker: { open: refuse, write: refuse, close: refuse },
        folder: ${JSON.stringify(folder)},
        segments: [{ fromSequence: 1, fromStep: 0 }],
        superseded: { all: async () => [] },
        cache: new Map(),
        describe: () => ({}),
        lastSequence: () => 3,
        limitMs: 1000,
        onFailed: () => undefined,
      });
      console.log(await delivery.deliverRest({ status: "finished", endedAtMs: 0 }));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script]);
    expect(stdout).to.equal("false\n");
  });

  it("survives trackers that throw at once", async () => {
    const throwing = () => {
      throw new TypeError("not a function");
    };
    await tell(createMetricsRecords(1, 1));
    expect(await start({ open: throwing, write: throwing, close: throwing }).close(finished)).to.equal(false);
    expect(failures).to.have.length(1);
  });

  it("waits for a line that is not whole yet", async () => {
    const tracker = new MemoryTracker();
    const line = JSON.stringify(toRow(createMetricsRecords(1, 1)[0]!));
    await appendFile(join(folder, "metrics.ndjson"), line.slice(0, 20));
    last = 1;
    const delivery = start(tracker);
    await sleep(30);
    expect(tracker.records).to.deep.equal([]);
    await appendFile(join(folder, "metrics.ndjson"), `${line.slice(20)}\n`);
    await delivery.close(finished);
    expect(stepsOf(tracker)).to.deep.equal([1]);
  });

  describe("after the process died", () => {
    /** A delivery of steps 1 to 6 that dies while it writes 4 to 6, of which some arrived. */
    async function die(tracker: MemoryTracker, arrived: number): Promise<void> {
      await tell(createMetricsRecords(1, 3));
      const delivery = start(tracker);
      while (tracker.records.length < 3) await sleep(5);
      const write = tracker.write.bind(tracker);
      let isDead = false;
      tracker.write = async (records, signal) => {
        if (!isDead) tracker.records.push(...records.slice(0, arrived));
        isDead = true;
        void [write, signal];
        return new Promise(() => undefined);
      };
      await tell(createMetricsRecords(4, 6));
      while (!isDead) await sleep(5);
      delivery.stop();
      tracker.write = write;
    }

    it("asks what arrived of the batch that was under way", async () => {
      for (const arrived of [0, 2, 3]) {
        folder = await createTemporaryFolder();
        const tracker = new MemoryTracker();
        await die(tracker, arrived);
        expect(await deliveryTo(tracker).deliverRest(finished)).to.equal(true);
        expect(stepsOf(tracker)).to.deep.equal(steps(1, 6));
      }
    });

    it("does not send again what a resumed run trains again", async () => {
      for (const arrived of [0, 2, 3]) {
        folder = await createTemporaryFolder();
        const tracker = new MemoryTracker();
        await die(tracker, arrived);
        // Resumed at step 2: steps 3 to 6 are cut and trained again, under numbers of their own.
        await appendFile(
          join(folder, "metrics.superseded.ndjson"),
          (await readFile(join(folder, "metrics.ndjson"), "utf8")).split("\n").slice(2).join("\n"),
        );
        const kept = (await readFile(join(folder, "metrics.ndjson"), "utf8")).split("\n").slice(0, 2);
        await writeFile(join(folder, "metrics.ndjson"), `${kept.join("\n")}\n`);
        await tell(numbered(createMetricsRecords(3, 8), 7));
        expect(await deliveryTo(tracker).deliverRest(finished)).to.equal(true);
        expect(stepsOf(tracker), `${arrived} arrived`).to.deep.equal(steps(1, 8));
      }
    });

    it("finishes the segment that was left, and opens the next one", async () => {
      const tracker = new MemoryTracker();
      const opened: unknown[] = [];
      const { open, close } = tracker;
      tracker.open = (run, saved) => {
        opened.push([run.runId.slice(-2), run.segment, saved === undefined, run.isOver]);
        return open.call(tracker, run, saved);
      };
      tracker.close = (outcome) => {
        opened.push(outcome.status);
        return close.call(tracker, outcome);
      };
      await die(tracker, 1);
      const rows = (await readFile(join(folder, "metrics.ndjson"), "utf8")).split("\n");
      await writeFile(join(folder, "metrics.superseded.ndjson"), rows.slice(2).join("\n"));
      await writeFile(join(folder, "metrics.ndjson"), `${rows.slice(0, 2).join("\n")}\n`);
      const again = numbered(createMetricsRecords(3, 4), 7);
      await tell(again);
      const segments = [
        { fromSequence: 1, fromStep: 0 },
        { fromSequence: 7, fromStep: 2 },
      ];
      opened.length = 0;
      expect(await deliveryTo(tracker, 300, segments).deliverRest(finished)).to.equal(true);
      expect(opened).to.deep.equal([["ff", 1, false, true], "interrupted", ["-2", 2, true, true], "finished"]);
      expect(stepsOf(tracker)).to.deep.equal([...steps(1, 6), 3, 4]);
    });

    it("opens nothing when all was delivered", async () => {
      const tracker = new MemoryTracker();
      await tell(createMetricsRecords(1, 3));
      await start(tracker).close(finished);
      const silent = new MemoryTracker();
      expect(await deliveryTo(silent).deliverRest(finished)).to.equal(true);
      expect(silent.run).to.equal(undefined);
    });
  });
});
