import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { compareMetrics } from "#src/replay/compare-metrics.js";
import { SystemSampler } from "#src/system/system-sampler.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { createFakeKernel, readRows } from "../run/fake-run.js";

const noGpu = ["no-such-nvidia-smi"];

describe("SystemSampler", () => {
  afterEach(removeTemporaryFolders);

  it("measures every so often, and once more at the end", async () => {
    const samples: { readonly [name: string]: number }[] = [];
    const sampler = new SystemSampler({
      everySeconds: 0.12,
      folder: await createTemporaryFolder(),
      take: (metrics) => samples.push(metrics),
      onProblem: (reason) => expect.fail(reason),
      gpuCommand: noGpu,
    });
    sampler.start();
    await sleep(400);
    sampler.stop();
    const count = samples.length;
    expect(count).to.be.within(2, 5);
    await sleep(200);
    sampler.stop();
    expect(samples.length).to.equal(count);
    const all: { readonly [name: string]: number } = Object.assign({}, ...samples);
    expect(all).to.include.all.keys(
      "system/memoryBytes",
      "system/peakMemoryBytes",
      "system/heapBytes",
      "system/machineMemoryBytes",
      "system/cpuPercent",
      "system/processCpuPercent",
      "system/diskFreeBytes",
      "system/eventLoopDelayMs",
    );
    expect(all["system/peakMemoryBytes"]).to.be.at.least(all["system/memoryBytes"]! * 0.9);
    for (const value of samples.flatMap((sample) => Object.values(sample))) {
      expect(Number.isFinite(value) && value >= 0).to.equal(true);
    }
  });

  it("tells once that a sample is not taken, and goes on", async () => {
    const problems: string[] = [];
    const sampler = new SystemSampler({
      everySeconds: 10,
      folder: "/no/such/folder",
      take: () => {
        throw new Error("the disk is full");
      },
      onProblem: (reason) => problems.push(reason),
      gpuCommand: noGpu,
    });
    sampler.start();
    sampler.sample();
    sampler.sample();
    sampler.stop();
    expect(problems).to.deep.equal(["the disk is full"]);
  });
});

describe("system metrics of a run", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  async function train(systemMetrics: { everySeconds: number } | false, outputDir: string, resumeFrom?: string) {
    const kernel = await createFakeKernel(folder, {
      run: { systemMetrics, outputDir },
      trainer: { type: "fake", maxSteps: 6, saveEvery: 3 },
    });
    await kernel.train(resumeFrom === undefined ? {} : { resumeFrom: join(folder, resumeFrom) });
    await kernel.dispose();
    return readRows(join(folder, outputDir), "metrics.ndjson");
  }
  const ofSystem = (rows: Record<string, unknown>[]) =>
    rows.filter((row) => Object.keys(row).some((name) => name.startsWith("system/")));

  it("are rows of their own, at the step that they were taken at", async () => {
    const rows = await train({ everySeconds: 10 }, "a");
    const system = ofSystem(rows);
    expect(system).to.have.length(1);
    expect(system[0]).to.equal(rows.at(-1)).and.include({ step: 6 });
    expect(Object.keys(system[0]!).filter((name) => !/^system\/|^(?:seq|step|timeMs)$/.test(name))).to.deep.equal([]);
    expect(ofSystem(await train(false, "b"))).to.deep.equal([]);
  });

  it("change no comparison of runs, and are cut like all rows when the run goes on", async () => {
    const without = await train(false, "a");
    const rows = await train({ everySeconds: 10 }, "b");
    expect(compareMetrics(without as never, rows as never).differences).to.deep.equal([]);
    const checkpoint = "b/checkpoints/step-00000003";
    const measured = { seq: 99, step: 3, timeMs: 1, "system/memoryBytes": 1 };
    const later = [measured, { ...measured, seq: 100, step: 4 }].map((row) => JSON.stringify(row));
    writeFileSync(join(folder, "b/metrics.ndjson"), `${later.join("\n")}\n`, { flag: "a" });
    const resumed = await train({ everySeconds: 10 }, "b", checkpoint);
    expect(ofSystem(resumed).map(({ seq, step }) => [seq, step])).to.deep.equal([
      [99, 3],
      [resumed.at(-1)!.seq, 6],
    ]);
    expect(compareMetrics(without as never, resumed as never).differences).to.deep.equal([]);
  });

  it("of a replay from a checkpoint are no step to compare", () => {
    const row = (step: number, metrics: object) => ({ seq: step, step, timeMs: 0, ...metrics });
    const original = [row(1, { "train/loss": 2 }), row(2, { "train/loss": 1 })];
    const replay = [row(1, { "system/memoryBytes": 5 }), row(2, { "train/loss": 1 })];
    expect(compareMetrics(original, replay)).to.deep.equal({ compared: 1, steps: 1, differences: [] });
  });
});
