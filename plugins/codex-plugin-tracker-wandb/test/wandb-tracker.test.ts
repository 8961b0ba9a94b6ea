import { existsSync, readdirSync } from "node:fs";
import promises, { appendFile, copyFile, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import type { RunDescription, TrackerRecord } from "codex-core";
import {
  createMetricsRecords,
  createRunDescription,
  describeTracker,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import { readRecords } from "../src/framing.js";
import { wandbId } from "../src/run-place.js";
import { readMetrics, readRun, runFile, runFolder } from "./support/read-run.js";
import { createTracker, metrics, outcome, signal, startedAtMs, TrackedRun } from "./support/tracked-run.js";

describeTracker("wandb", (folder) => createTracker(folder), {
  read: (run) => readMetrics(join(run.folder, "wandb"), run),
});

describe("WandbTracker", () => {
  let tracked: TrackedRun;

  beforeEach(async () => {
    tracked = await TrackedRun.create();
  });
  afterEach(removeTemporaryFolders);

  it("lays a run out as W&B's own client does", async () => {
    await tracked.session([]);
    const names = readdirSync(join(tracked.folder, "wandb")).sort();
    expect(names[0]).to.equal(".gitignore");
    expect(names[1]).to.match(/^offline-run-2026010[12]_\d\d0000-[0-9a-z]{8}$/);
    expect((await readdir(join(tracked.file, ".."))).sort()).to.deep.equal([
      "files",
      "logs",
      `run-${wandbId(tracked.run.runId)}.wandb`,
    ]);
    const { kinds, numbers } = await tracked.read();
    expect(kinds).to.deep.equal(["header", "run", "environment", "summary", "exit"]);
    expect(numbers).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("groups segments, and what is a part of another run", async () => {
    const groupOf = async (described: RunDescription) => {
      const tracker = await tracked.create();
      await tracker.open(described);
      await tracker.close(outcome);
      const { run: told } = await readRun(runFile(join(tracked.folder, "wandb"), wandbId(described.runId)));
      return told!.text(6);
    };
    expect(await groupOf(tracked.run)).to.equal(tracked.run.runId);
    expect(await groupOf(createRunDescription(tracked.folder, 2))).to.equal(tracked.run.runId);
    expect(await groupOf({ ...tracked.run, runId: "trial", parent: "sweep" })).to.equal("sweep");
  });

  it("writes two trackers of this type as two runs", async () => {
    for (const name of ["wandb", "nightly"]) {
      const tracker = await tracked.create({}, { name });
      await tracker.open(tracked.run);
      await tracker.close(outcome);
    }
    expect(readdirSync(join(tracked.folder, "wandb")).filter((name) => name.startsWith("offline-run"))).to.have.length(
      2,
    );
  });

  it("goes on with a closed run as if it had not been closed, and takes back what sync noted", async () => {
    const saved = await tracked.session([metrics(1, 1, { a: 1 }), metrics(2, 2, { a: 2 })]);
    await writeFile(`${tracked.file}.synced`, "");
    const tracker = await tracked.create();
    await tracker.open(tracked.run, saved);
    expect(existsSync(`${tracked.file}.synced`)).to.equal(false);
    expect((await tracked.read()).exit).to.equal(undefined);
    await tracker.write([metrics(3, 2, { b: 3 }), metrics(4, 3, { a: 4 })], signal);
    // Somebody synced while the run went on.
    await writeFile(`${tracked.file}.synced`, "");
    await tracker.close(outcome);
    expect(existsSync(`${tracked.file}.synced`)).to.equal(false);
    const { history, exit, kinds, numbers } = await tracked.read();
    expect(history.map(({ step, values }) => [step, values.a, values.b])).to.deep.equal([
      [1, "1", undefined],
      [2, "2", "3"],
      [3, "4", undefined],
    ]);
    expect(exit!.integer(1)).to.equal(0);
    expect(kinds.filter((kind) => kind === "exit")).to.have.length(1);
    expect(numbers).to.deep.equal(numbers.map((_, index) => index + 1));
  });

  it("tells only what of the config is another one when it goes on", async () => {
    const saved = await tracked.session([]);
    const tracker = await tracked.create();
    await tracker.open(
      { ...tracked.run, config: { ...tracked.run.config, trainer: { type: "lm", maxSteps: 9 } } },
      saved,
    );
    await tracker.close(outcome);
    await tracker.open(tracked.run, saved);
    await tracker.close(outcome);
    const { kinds, config } = await tracked.read();
    expect(kinds.filter((kind) => kind === "config")).to.have.length(2);
    expect(config.trainer).to.equal('{"type":"lm","maxSteps":3}');
  });

  it("has each record once after a kill in a batch: before, in and after each of its records", async () => {
    const before = createMetricsRecords(1, 2);
    const batch: readonly TrackerRecord[] = [
      metrics(10, 2, { "eval/loss": 9, "system/cpuPercent": 5 }),
      ...createMetricsRecords(3, 4),
      { kind: "histogram", sequence: 11, step: 4, timeMs: startedAtMs + 4500, key: "h", edges: [0, 1], counts: [2] },
      metrics(12, 4, { "eval/loss": 8 }),
      metrics(13, 5, { "train/loss": 0.8, "system/cpuPercent": 6 }),
    ];
    const { tracker, saved } = await tracked.opened();
    await tracker.write(before, signal);
    const from = (await stat(tracked.file)).size;
    await tracker.write(batch, signal);
    const { size } = await stat(tracked.file);
    await copyFile(tracked.file, `${tracked.file}.whole`);
    await tracker.close(outcome);
    const whole = await tracked.read();
    const ends: number[] = [];
    for await (const together of readRecords(`${tracked.file}.whole`)) ends.push(...together.map(({ end }) => end));
    const cuts = ends
      .flatMap((end) => [end - 20, end - 1, end, end + 1, end + 7])
      .filter((cut) => cut >= from && cut <= size);
    expect(cuts.length).to.be.greaterThan(30);
    for (const cut of cuts) {
      await copyFile(`${tracked.file}.whole`, tracked.file);
      await truncate(tracked.file, cut);
      const again = await tracked.create();
      await again.open(tracked.run, saved);
      await again.write(await again.missing!(batch, signal), signal);
      await again.close(outcome);
      const { history, stats, summary, exit } = await tracked.read();
      expect({ history, stats, summary }, `cut at ${cut}`).to.deep.equal({
        history: whole.history,
        stats: whole.stats,
        summary: whole.summary,
      });
      expect(exit).not.to.equal(undefined);
    }
  });

  it("begins anew where not even the run's beginning was written", async () => {
    const { saved } = await tracked.opened();
    for (const size of [0, 3, 7, 20]) {
      await truncate(tracked.file, size);
      const again = await tracked.create();
      await again.open(tracked.run, saved);
      await again.write(createMetricsRecords(1, 2), signal);
      await again.close(outcome);
      expect((await tracked.read()).kinds.slice(0, 3)).to.deep.equal(["header", "run", "environment"]);
    }
    expect(await readMetrics(join(tracked.folder, "wandb"), tracked.run)).to.have.length(6);
  });

  it("cuts off what a failed write left behind, and writes the batch again", async () => {
    const { tracker } = await tracked.opened();
    await tracker.write(createMetricsRecords(1, 2), signal);
    await copyFile(tracked.file, `${tracked.file}.moved`);
    await rm(tracked.file);
    const error = await rejection(() => tracker.write(createMetricsRecords(3, 4), signal), "CODEX_TRACKER_WANDB_WRITE");
    expect(error.what).to.include("ENOENT");
    await copyFile(`${tracked.file}.moved`, tracked.file);
    await appendFile(tracked.file, "torn");
    expect(await tracker.missing!(createMetricsRecords(2, 4), signal)).to.have.length(2);
    await tracker.write(createMetricsRecords(3, 4), signal);
    await tracker.close(outcome);
    expect((await tracked.read()).history.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4]);
  });

  it("says where it cannot write, and leaves files of others alone", async () => {
    await writeFile(join(tracked.folder, "wandb"), "a file in the way");
    const tracker = await tracked.create();
    const error = await rejection(() => tracker.open(tracked.run), "CODEX_TRACKER_WANDB_WRITE");
    expect(error.where).to.include(join(tracked.folder, "wandb"));
    await rm(join(tracked.folder, "wandb"));
    const saved = await tracked.session([]);
    await writeFile(tracked.file, "date,weight\n1,2\n");
    await rejection(() => tracker.open(tracked.run, saved), "CODEX_TRACKER_WANDB_WRITE");
    expect(await readFile(tracked.file, "utf8")).to.equal("date,weight\n1,2\n");
  });

  it("is open already when a call that nobody waited for came through", async () => {
    const { tracker, saved } = await tracked.opened();
    await tracker.write([metrics(1, 1, { a: 1 })], signal);
    const { size } = await stat(tracked.file);
    // Reading the file again would refuse it.
    await writeFile(tracked.file, Buffer.alloc(size, "x"));
    expect(await tracker.open(tracked.run, saved)).to.deep.equal(saved);
  });

  it("keeps its runs out of git, and leaves a .gitignore that is there", async () => {
    await tracked.session([]);
    expect(await readFile(join(tracked.folder, "wandb/.gitignore"), "utf8")).to.equal("*\n!settings\n");
    await writeFile(join(tracked.folder, "wandb/.gitignore"), "mine");
    await tracked.session([]);
    expect(await readFile(join(tracked.folder, "wandb/.gitignore"), "utf8")).to.equal("mine");
  });

  it("leaves no empty .gitignore behind where the disk has no space for it", async () => {
    const { writeFile: original } = promises;
    promises.writeFile = async (path, _data, options) => {
      await original(path, "", options);
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    syncBuiltinESMExports();
    try {
      const tracker = await tracked.create();
      await rejection(() => tracker.open(tracked.run), "CODEX_TRACKER_WANDB_WRITE");
    } finally {
      promises.writeFile = original;
      syncBuiltinESMExports();
    }
    await tracked.session([]);
    expect(await readFile(join(tracked.folder, "wandb/.gitignore"), "utf8")).to.equal("*\n!settings\n");
  });

  it("does not wait for ever where the system makes no folders", async () => {
    await writeFile(join(tracked.folder, "file"), "");
    const nowhere = existsSync("/proc/self") ? "/proc/nowhere/here" : join(tracked.folder, "file", "here");
    const tracker = await tracked.create({ folder: nowhere });
    const error = await rejection(() => tracker.open(tracked.run), "CODEX_TRACKER_WANDB_WRITE");
    expect(error.where).to.contain(nowhere);
  });

  it("finds a run in its folder, wherever that is now", async () => {
    const saved = await tracked.session([metrics(1, 1, { a: 1 })], { folder: "wandb" });
    expect(saved).to.deep.equal({
      folder: runFolder(join(tracked.folder, "wandb"), wandbId(tracked.run.runId)).split(/[\\/]/).at(-1),
      logFromMs: 0,
    });
  });
});
