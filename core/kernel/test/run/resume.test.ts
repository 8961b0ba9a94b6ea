import { appendFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Callback, CorpusPoint, definePlugin, type Json, type Stateful, TokenizerPoint } from "codex-core";
import type { RunObserver } from "codex-core/kernel";
import { ByteTokenizer, MemoryTracker, rejection, removeTemporaryFolders } from "codex-core/testing";
import { z } from "zod";
import { readRunSummary } from "#src/run/run-summary.js";
import { createFakeKernel, createFakeProject, readJson, readRows } from "./fake-run.js";

describe("resuming", () => {
  let project: string;
  let folder: string;

  beforeEach(async () => {
    ({ project, folder } = await createFakeProject());
  });

  afterEach(removeTemporaryFolders);

  const trainer = (maxSteps: number, saveEvery = 4) => ({ trainer: { type: "fake", maxSteps, saveEvery } });

  it("into the same folder goes on with that run and cuts the rows past the checkpoint", async () => {
    const first = await (await createFakeKernel(project, trainer(6))).train();
    const before = await readJson(folder, "run.json");
    const kernel = await createFakeKernel(project, trainer(8));
    let started: Parameters<NonNullable<RunObserver["runStart"]>>[0] | undefined;
    const resumeFrom = join("my run", "checkpoints", "step-00000004");
    const second = await kernel.train({ resumeFrom, observer: { runStart: (facts) => (started = facts) } });
    expect(second.runId).to.equal(first.runId);
    expect(started).to.deep.include({ resumedAtStep: 4, resumedFrom: join(project, resumeFrom) });
    const rows = await readRows(folder, "metrics.ndjson");
    expect(rows.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    const numbers = rows.map(({ seq }) => seq as number);
    expect(numbers.every((seq, index) => index === 0 || seq > numbers[index - 1]!)).to.equal(true);
    expect(numbers[4], "numbers of cut rows are not given again").to.be.greaterThan(numbers[3]! + 2);
    const run = await readJson(folder, "run.json");
    expect(run).to.deep.include({ status: "finished", resumedFrom: join(project, resumeFrom) });
    expect(run.startedAt).to.equal(before.startedAt);
    expect(run).to.have.property("resumedAt");
  });

  it("into the same folder counts the time that the run ran, not the time between", async () => {
    await (await createFakeKernel(project, trainer(4))).train();
    const earlier = { startedAt: "2026-01-01T01:00:00.000Z", endedAt: "2026-01-01T01:05:00.000Z" };
    const run = { ...(await readJson(folder, "run.json")), ...earlier };
    await writeFile(join(folder, "run.json"), JSON.stringify(run));
    for (const maxSteps of [6, 8]) {
      const before = readRunSummary(folder)!.ranMs!;
      await (await createFakeKernel(project, trainer(maxSteps))).train({ resumeFrom: "my run" });
      expect(await readJson(folder, "run.json")).to.include({ startedAt: earlier.startedAt, earlierRanMs: before });
      expect(readRunSummary(folder)!.ranMs).to.be.within(300_000, 360_000);
    }
  });

  it("from an older checkpoint sets those of the line that is left aside", async () => {
    await (await createFakeKernel(project, trainer(12))).train();
    await (await createFakeKernel(project, trainer(5))).train({ resumeFrom: "my run/checkpoints/step-00000004" });
    const names = (await readdir(join(folder, "checkpoints"))).sort();
    expect(names.slice(0, 2)).to.deep.equal(["step-00000004", "step-00000005"]);
    expect(names[2]).to.match(/^superseded-\d+$/);
    const aside = join("my run/checkpoints", names[2]!);
    expect(await readdir(join(project, aside))).to.deep.equal(["step-00000008", "step-00000012"]);
    const event = (await readRows(folder, "events.ndjson")).find(({ event }) => event === "superseded");
    const rowsAside = await readRows(folder, "metrics.superseded.ndjson");
    expect(rowsAside.map(({ step }) => step))
      .to.include.members([5, 12])
      .and.not.include(4);
    expect(event!.checkpoints).to.deep.equal(["08", "12"].map((step) => join(project, aside, `step-000000${step}`)));
    const kernel = await createFakeKernel(project, trainer(13));
    expect((await kernel.train({ resumeFrom: join(aside, "step-00000012") })).outcome.step).to.equal(13);
  });

  it("into another folder is a new run", async () => {
    const first = await (await createFakeKernel(project, trainer(4))).train();
    const other = await createFakeKernel(project, { ...trainer(6), run: { outputDir: "other" } });
    const second = await other.train({ resumeFrom: "my run" });
    expect(second.runId).to.not.equal(first.runId);
    expect(second.folder).to.equal(join(project, "other"));
    expect((await readRows(second.folder, "metrics.ndjson")).map(({ step }) => step)).to.deep.equal([5, 6]);
    const run = await readJson(second.folder, "run.json");
    expect(run).to.have.property("resumedFrom", join(folder, "checkpoints/step-00000004"));
  });

  it("from `latest` is a fresh start where there is no checkpoint, and safe in a loop", async () => {
    const warnings: string[] = [];
    const observer: RunObserver = { warning: (text) => warnings.push(text) };
    for (const maxSteps of [4, 6, 6]) {
      const kernel = await createFakeKernel(project, trainer(maxSteps));
      expect((await kernel.train({ resumeFrom: "latest", observer })).outcome.step).to.equal(maxSteps);
    }
    expect(warnings.filter((text) => text.includes("afresh"))).to.deep.equal([]);
    expect((await readRows(folder, "metrics.ndjson")).map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it("from `latest` after a crash drops the line that was cut and the rows past the checkpoint", async () => {
    await (await createFakeKernel(project, trainer(4))).train();
    await appendFile(join(folder, "metrics.ndjson"), '{"seq":99,"step":5,"train/loss":1}\n{"seq":100,"st');
    await (await createFakeKernel(project, trainer(5))).train({ resumeFrom: "latest" });
    const rows = await readRows(folder, "metrics.ndjson");
    expect(rows.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(rows.at(-1)).to.deep.include({ "train/loss": 4 / 5 });
    expect(rows.at(-1)!.seq, "numbers go on after those of cut rows").to.be.greaterThan(99);
  });

  it("from `latest` takes an older checkpoint when the newest does not load", async () => {
    await (await createFakeKernel(project, trainer(8))).train();
    await writeFile(join(folder, "checkpoints/step-00000008/checkpoint.json"), "{}");
    let from: number | undefined;
    const observer: RunObserver = { runStart: ({ resumedAtStep }) => (from = resumedAtStep) };
    await (await createFakeKernel(project, trainer(9))).train({ resumeFrom: "latest", observer });
    expect(from).to.equal(4);
    const warnings = (await readRows(folder, "log.ndjson")).filter(({ level }) => level === "warn");
    expect(warnings[0]).to.have.nested.property("error.code", "CODEX_CHECKPOINT_CORRUPT");
  });

  it("from `latest` says so when no checkpoint loads, and keeps what the earlier run left", async () => {
    const first = await (await createFakeKernel(project, trainer(4))).train();
    await writeFile(join(folder, "checkpoints/step-00000004/checkpoint.json"), "{}");
    const warnings: string[] = [];
    const observer: RunObserver = { warning: (text) => warnings.push(text) };
    const second = await (await createFakeKernel(project, trainer(3))).train({ resumeFrom: "latest", observer });
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.include("step-00000004 cannot be loaded").and.include("there is no older one");
    expect(warnings[1]).to.include(`${folder} holds a run of which no checkpoint loads`).and.include("at step 1");
    expect(second.runId).to.not.equal(first.runId);
    const kept = await readRows(folder, "metrics.superseded.ndjson");
    expect(kept.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4]);
    const aside = (await readdir(join(folder, "checkpoints"))).find((name) => name.startsWith("superseded-"));
    expect(await readdir(join(folder, "checkpoints", aside!))).to.deep.equal(["step-00000004"]);
  });

  it("refuses what is no checkpoint", async () => {
    await rejection(
      async () => (await createFakeKernel(project)).train({ resumeFrom: "nowhere" }),
      "CODEX_CHECKPOINT_NOT_FOUND",
    );
    await mkdir(join(project, "empty run/checkpoints"), { recursive: true });
    await rejection(
      async () => (await createFakeKernel(project)).train({ resumeFrom: "empty run" }),
      "CODEX_RUN_RESUME_NOT_FOUND",
    );
    const without = await createFakeKernel(project, {}, { overrides: ["~run.outputDir"] });
    await rejection(() => without.train({ resumeFrom: "latest" }), "CODEX_RUN_RESUME_NO_FOLDER");
    expect((await readdir(project)).filter((name) => name !== ".codex")).to.deep.equal(["empty run"]);
  });

  it("gives the tokenizer of the checkpoint back in place of a new one", async () => {
    const made: string[] = [];
    const plugin = definePlugin({
      name: "codex-plugin-watched",
      register: (registrar) =>
        registrar.provide(TokenizerPoint, "watched", {
          options: z.strictObject({}),
          dependencies: { corpus: CorpusPoint },
          create: () => {
            made.push("created");
            return new ByteTokenizer();
          },
          restore: (from) => {
            made.push(from);
            return ByteTokenizer.restore(from);
          },
        }),
    });
    const watched = { tokenizer: { type: "watched" } };
    await (await createFakeKernel(project, { ...trainer(4), ...watched }, { plugins: [plugin] })).train();
    const kernel = await createFakeKernel(project, { ...trainer(5), ...watched }, { plugins: [plugin] });
    await kernel.train({ resumeFrom: "latest" });
    expect(made).to.deep.equal(["created", join(folder, "checkpoints/step-00000004/tokenizer")]);
    const changed = { ...trainer(6), run: { outputDir: "other" } };
    await (await createFakeKernel(project, changed, { plugins: [plugin] })).train({ resumeFrom: "my run" });
    expect(made).to.have.length(2);
  });

  describe("parts with a state", () => {
    class StatefulTracker extends MemoryTracker implements Stateful {
      readonly stateVersion = 2;
      loaded: unknown[] = [];
      constructor(readonly refuses = false) {
        super();
      }
      saveState(): Json {
        return { records: this.records.length };
      }
      loadState(state: Json, version: number): void {
        if (this.refuses) throw new Error("written by the future");
        this.loaded.push(state, version);
      }
    }

    it("get it back from the checkpoint, and trackers what their open returned", async () => {
      const first = new StatefulTracker();
      await (await createFakeKernel(project, trainer(4), { parts: { tracker: { mine: first } } })).train();
      const second = new StatefulTracker();
      const kernel = await createFakeKernel(project, trainer(4), { parts: { tracker: { mine: second } } });
      const { runId } = await kernel.train({ resumeFrom: "latest" });
      expect(second.loaded[0]).to.have.property("records");
      expect(second.loaded[1]).to.equal(2);
      expect(second.saved).to.deep.equal({ remoteId: `remote-${runId}` });
      expect(second.metrics).to.deep.equal([]);
    });

    it("stop the run when they cannot take it back", async () => {
      await (
        await createFakeKernel(project, trainer(4), { parts: { tracker: { mine: new StatefulTracker() } } })
      ).train();
      const parts = { tracker: { mine: new StatefulTracker(true) } };
      const kernel = await createFakeKernel(project, trainer(5), { parts });
      const error = await rejection(() => kernel.train({ resumeFrom: "latest" }), "CODEX_PART_STATE");
      expect(error.message).to.include("tracker.mine").and.include("version 2").and.include("written by the future");
    });
  });

  it("sends a tracker what it missed when the run goes on", async () => {
    const broken = new MemoryTracker({ failures: 1e9 });
    await (await createFakeKernel(project, trainer(4), { parts: { tracker: { mine: broken } } })).train();
    const working = new MemoryTracker();
    const kernel = await createFakeKernel(project, trainer(6), { parts: { tracker: { mine: working } } });
    await kernel.train({ resumeFrom: "latest" });
    expect(working.metrics.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(await readdir(join(folder, "trackers"))).to.deep.equal(["mine.json"]);
  });

  describe("what trackers get of steps that are trained again", () => {
    const checkpoint = "my run/checkpoints/step-00000004";
    const trainWith = async (tracker: MemoryTracker, lastStep: number, settings = {}, maxSteps = 100) => {
      const stop: Callback = { stepEnd: ({ step }) => (step === lastStep ? { stop: "enough" } : undefined) };
      const parts = { tracker: { mine: tracker }, callback: { stop } };
      await (await createFakeKernel(project, trainer(maxSteps), { parts })).train(settings);
    };
    const resumed = (warnings: string[]) => ({
      resumeFrom: checkpoint,
      observer: { warning: (text: string) => warnings.push(text) },
    });

    it("is nothing when the resume is exact", async () => {
      const tracker = new MemoryTracker();
      await trainWith(tracker, 6);
      const warnings: string[] = [];
      await trainWith(tracker, 8, resumed(warnings));
      expect(tracker.metrics.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(warnings).to.deep.equal([]);
      expect((await readJson(folder, "run.json")).segments).to.deep.equal([{ fromSequence: 1, fromStep: 0 }]);
    });

    it("is nothing either when a number diverged, which is reported", async () => {
      const tracker = new MemoryTracker();
      await trainWith(tracker, 6);
      const path = join(folder, "metrics.ndjson");
      const change = (row: string) => row.replace(/("step":6,.*"train\/loss":)[^,}]+/, "$19");
      await writeFile(path, (await readFile(path, "utf8")).split("\n").map(change).join("\n"));
      const warnings: string[] = [];
      await trainWith(tracker, 7, resumed(warnings));
      expect(warnings.join()).to.match(/CODEX_RESUME_DIVERGED: train\/loss of step 6 was 9 before the resume and is /);
      expect((await readRows(folder, "events.ndjson")).map(({ event }) => event)).to.include("resumeDiverged");
      expect(tracker.metrics.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    });

    it("goes to a segment of its own when the resume is not exact", async () => {
      const tracker = new MemoryTracker();
      const runs: string[] = [];
      const { open } = tracker;
      tracker.open = (run, saved) => {
        runs.push(run.runId);
        return open.call(tracker, run, saved);
      };
      await trainWith(tracker, 6);
      await trainWith(tracker, 7, { resumeFrom: checkpoint }, 101);
      expect(tracker.metrics.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4, 5, 6, 5, 6, 7]);
      expect(runs[1]).to.equal(`${runs[0]}-2`);
      expect((await readJson(folder, "run.json")).segments).to.have.length(2);
    });
  });

  it("tells of the checkpoint that it takes, where a kill came before it was told of", async () => {
    await (await createFakeKernel(project, trainer(4))).train();
    const path = join(folder, "events.ndjson");
    const lines = (await readFile(path, "utf8")).split("\n");
    await writeFile(path, lines.filter((line) => !line.includes("step-00000004")).join("\n"));
    const tracker = new MemoryTracker();
    const kernel = await createFakeKernel(project, trainer(4), { parts: { tracker: { mine: tracker } } });
    for (let resumes = 0; resumes < 2; resumes++) await kernel.train({ resumeFrom: "latest" });
    const told = tracker.records.filter((record) => record.kind === "artifact" && record.type === "checkpoint");
    expect(told.map(({ step }) => step)).to.deep.equal([4]);
  });

  it("writes the run's own id into the log of a resume", async () => {
    const { runId } = await (await createFakeKernel(project, trainer(4))).train();
    await (await createFakeKernel(project, trainer(5))).train({ resumeFrom: "latest" });
    const ids = new Set((await readRows(folder, "log.ndjson")).map((line) => line.runId));
    ids.delete(undefined);
    expect([...ids]).to.deep.equal([runId]);
  });

  it("sync delivers what is left of a run that is over, also to a tracker that is new", async () => {
    const broken = new MemoryTracker({ failures: 1e9 });
    await (await createFakeKernel(project, trainer(4), { parts: { tracker: { mine: broken } } })).train();
    const mine = new MemoryTracker();
    const added = new MemoryTracker({ failOpen: true });
    const kernel = await createFakeKernel(project, {}, { parts: { tracker: { mine, added } } });
    expect(await kernel.sync({ run: "my run" })).to.deep.equal({ mine: true, added: false });
    expect(mine.metrics.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4]);
    expect(mine.outcome).to.have.property("status", "finished");
    const again = new MemoryTracker();
    const second = await createFakeKernel(project, {}, { parts: { tracker: { mine: again, added: again } } });
    expect(await second.sync({ run: "my run" })).to.deep.equal({ mine: true, added: true });
    expect(again.metrics.map(({ step }) => step)).to.deep.equal([1, 2, 3, 4]);
    await rejection(async () => (await createFakeKernel(project)).sync({ run: "nowhere" }), "CODEX_RUN_NOT_FOUND");
  });

  it("sync tells trackers that the run is over, also where its environment is damaged", async () => {
    const live = new MemoryTracker();
    await (await createFakeKernel(project, trainer(4), { parts: { tracker: { live } } })).train();
    await writeFile(join(folder, "environment.json"), '{"node": "v20');
    const late = new MemoryTracker();
    const logged: string[] = [];
    const kernel = await createFakeKernel(
      project,
      { logging: { stderr: "json" } },
      { parts: { tracker: { late } }, printLog: (text) => logged.push(text) },
    );
    expect(await kernel.sync({ run: "my run" })).to.deep.equal({ late: true });
    expect(late.run).to.deep.include({ isOver: true, environment: {} });
    expect(logged.join("")).to.match(/trackers are told nothing of the run's environment.*JSON/);
  });
});
