import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { Json } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { deliverOnDisk, until } from "../support/deliver-on-disk.js";
import { expectNoHalfLines, expectTrackerFiles, readTold } from "../support/expect-tracker-files.js";
import { kernelOnDisks, ScriptedRun, trainOnDisks } from "../support/run-on-disks.js";
import { TrackerDisks, type TrackerType, trackerTypes } from "../support/tracker-disks.js";

describe("trackers on a disk that is full for a while", () => {
  let disks: TrackerDisks | undefined;

  function mount(this: Mocha.Context, types: readonly TrackerType[]): TrackerDisks {
    disks = TrackerDisks.mount(types);
    if (!disks) this.skip(); // No small disk can be mounted here: that takes root on Linux.
    return disks!;
  }

  afterEach(async () => {
    disks?.dispose();
    disks = undefined;
    await removeTemporaryFolders();
  });

  for (const type of trackerTypes) {
    for (const beginsFull of [false, true]) {
      it(`go on when it has space again: ${type}, ${beginsFull ? "from the first" : "in mid-run"}`, async function () {
        const disks = mount.call(this, [type]);
        await deliverOnDisk(type, disks, { beginsFull, pages: 0 });
      });
    }
  }

  it("are given the rest when the run has ended, which it does in time", async function () {
    const disks = mount.call(this, trackerTypes);
    const run = new ScriptedRun(async (run) => {
      await run.steps(20);
      run.tellOthers("before");
      await until("all is being delivered", () => run.isDelivering(disks.types));
      await run.steps(1);
      // What is written behind it says that it is settled.
      await until("it is settled", () => run.isDelivering(disks.types));
      for (let made = 0; made < 200; made++) {
        disks.fill();
        await run.steps(1);
      }
      run.tellOthers("during");
    });
    const told = await trainAndSync(disks, run);
    // What was delivered before stays so.
    for (const type of disks.types) expect(told.settledBefore.get(type), type).to.be.greaterThan(0);
  });

  it("are given all of a run that had no space from the first to the last", async function () {
    const disks = mount.call(this, trackerTypes);
    disks.fill();
    const run = new ScriptedRun(async (run) => {
      run.tellOthers("before");
      await run.steps(210);
      run.tellOthers("during");
      await sleep(50);
    });
    await trainAndSync(disks, run);
  });
});

/** Trains while the disks become full, or are; then they have space again, and what `codex runs sync` does is done. */
async function trainAndSync(disks: TrackerDisks, run: ScriptedRun) {
  const kernel = await kernelOnDisks(await createTemporaryFolder(), disks, run);
  try {
    expect(await trainOnDisks(kernel, run)).to.equal("finished");
    const told = readTold(run.folder, readJson(run.folder, "run.json").runId);
    const settledBefore = new Map<TrackerType, number>();
    for (const type of disks.types) {
      const failures = run.failures.get(type) ?? [];
      expect(
        failures.map(({ code }) => code),
        type,
      ).to.deep.equal(["CODEX_TRACKER_FAILED"]);
      expect(failures[0]!.message).to.include("ENOSPC");
      const settled: readonly (readonly [number, number])[] = readState(run.folder, type).settled;
      settledBefore.set(type, settled.at(-1)?.[1] ?? 0);
      expect(settledBefore.get(type), type).to.be.lessThan(told.records.at(-1)!.sequence);
      if (settled.length > 0) await expectNoHalfLines(type, disks.folderOf(type), told);
    }
    disks.enlarge();
    for (const _ of ["once", "and again for nothing"]) {
      const hasAll = await kernel.sync({ run: run.folder });
      expect(hasAll).to.deep.equal(Object.fromEntries(disks.types.map((type) => [type, true])));
      for (const type of disks.types) await expectTrackerFiles(type, disks.folderOf(type), told);
    }
    return { settledBefore };
  } finally {
    await kernel.dispose();
  }
}

function readState(folder: string, type: TrackerType) {
  try {
    return readJson(folder, `trackers/${type}.json`);
  } catch {
    return { settled: [] };
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what is in the file is what is tested
function readJson(folder: string, name: string): any {
  return JSON.parse(readFileSync(join(folder, name), "utf8")) as Json;
}
