import { expect } from "chai";
import { GpuWatch, metricsOf, parseGpuLine } from "#src/system/gpu-watch.js";

/** A program in the place of nvidia-smi. */
const acting = (script: string): string[] => [process.execPath, "-e", script, "--"];

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("GpuWatch", () => {
  it("reads nvidia-smi's lines, without what a GPU does not tell", () => {
    expect(parseGpuLine("0, 97, 40536, 61, 612.35")).to.deep.equal({
      index: 0,
      values: { Percent: 97, MemoryBytes: 40536 * 1024 * 1024, TemperatureCelsius: 61, PowerWatts: 612.35 },
    });
    expect(parseGpuLine("1, [N/A], 12, 40, [Not Supported]")?.values).to.have.all.keys(
      "MemoryBytes",
      "TemperatureCelsius",
    );
    for (const line of ["", "No devices were found", ", 1, 2, 3, 4", "0, 1"]) {
      expect(parseGpuLine(line)).to.equal(undefined);
    }
  });

  it("names one GPU's metrics plainly, and those of several together and apart", () => {
    const gpu = (index: number, Percent: number) => ({ index, values: { Percent, MemoryBytes: 10 } });
    expect(metricsOf([gpu(0, 50)])).to.deep.equal({ "system/gpuPercent": 50, "system/gpuMemoryBytes": 10 });
    expect(metricsOf([gpu(0, 50), gpu(3, 100)])).to.deep.equal({
      "system/gpuPercent": 75,
      "system/gpu0Percent": 50,
      "system/gpu3Percent": 100,
      "system/gpuMemoryBytes": 20,
      "system/gpu0MemoryBytes": 10,
      "system/gpu3MemoryBytes": 10,
    });
    expect(metricsOf([])).to.deep.equal({});
  });

  it("asks one process for all samples, and ends it", async () => {
    const failures: string[] = [];
    const script = `
      if (!process.argv.includes("--loop-ms=1000")) process.exit(7);
      process.stdout.write("0, 5, 1, 30, 50\\n0, 8");
      setTimeout(() => process.stdout.write("0, 1, 30, 50\\n"), 20);
      setInterval(() => {}, 1000);`;
    const watch = new GpuWatch({ everyMs: 1000, command: acting(script), onFailed: (reason) => failures.push(reason) });
    watch.start();
    await until(() => watch.metrics()["system/gpuPercent"] === 80);
    expect(watch.metrics()).to.include({ "system/gpuPercent": 80, "system/gpuPowerWatts": 50 });
    watch.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(failures).to.deep.equal([]);
  });

  it("does without a program that is missing, or finds no GPU", async () => {
    const failures: string[] = [];
    for (const command of [["no-such-nvidia-smi"], acting("process.exit(9)")]) {
      const watch = new GpuWatch({ everyMs: 1000, command, onFailed: (reason) => failures.push(reason) });
      watch.start();
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(watch.metrics()).to.deep.equal({});
      watch.stop();
    }
    expect(failures).to.deep.equal([]);
  });

  it("gives one that hangs up, once", async () => {
    const failures: string[] = [];
    const command = acting("setInterval(() => {}, 1000)");
    const watch = new GpuWatch({ everyMs: 1000, command, limitMs: 50, onFailed: (reason) => failures.push(reason) });
    watch.start();
    await new Promise((resolve) => setTimeout(resolve, 80));
    for (let samples = 0; samples < 3; samples++) expect(watch.metrics()).to.deep.equal({});
    expect(failures).to.have.length(1);
    expect(failures[0]).to.include("said nothing");
  });

  it("starts nothing where no GPU may be seen", () => {
    const command = ["no-such-nvidia-smi"];
    const watch = new GpuWatch({ everyMs: 1000, command, visible: "-1", onFailed: () => undefined });
    watch.start();
    expect(watch.metrics()).to.deep.equal({});
  });
});
