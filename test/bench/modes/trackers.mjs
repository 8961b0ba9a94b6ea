import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createKernel } from "codex-core/kernel";
import { createFakeConfig, fakePlugin } from "codex-core/testing";
import { spread, turnsOf } from "../statistics.mjs";
import { printTable } from "../table.mjs";

const builtIn = fileURLToPath(new URL("../../../plugins/codex-plugins", import.meta.url));

/** Seconds in which trackers are opened, load what they need, and come to their pace, ten seconds: not looked at. */
const settleSeconds = 95;

/** A trainer that computes nothing: it tells of a step every so many milliseconds, as a training of shape S would. */
class PacedTrainer {
  constructor({ stepMs, seconds }) {
    this.stepMs = stepMs;
    this.steps = Math.round(((settleSeconds + seconds) * 1000) / stepMs);
    this.settled = Math.round((settleSeconds * 1000) / stepMs);
  }

  async train(run) {
    await run.begin();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const start = performance.now();
    let before;
    for (let step = 1; step <= this.steps; step++) {
      await sleep(Math.max(0, start + step * this.stepMs - performance.now()));
      if (step === this.settled) {
        before = process.cpuUsage();
        delay.enable();
      }
      await run.hooks.stepEnd({ step, maxSteps: this.steps, epoch: step / this.steps, metrics: metricsOf(step) });
    }
    const { user, system } = process.cpuUsage(before);
    delay.disable();
    this.cpuUsPerStep = (user + system) / (this.steps - this.settled);
    this.delayMs = delay.percentile(99) / 1e6;
    return { status: "finished", reason: "maxSteps", step: this.steps, metrics: {} };
  }
}

function metricsOf(step) {
  return {
    "train/loss": 4 / Math.sqrt(step),
    "train/gradNorm": 1 + Math.sin(step),
    "train/learningRate": 1e-3 * Math.cos(step / 1e4),
    "train/tokensPerSecond": 25_000 + (step % 97),
    "train/stepMs": 30 + (step % 7),
  };
}

/** What a run with these trackers costs. */
async function runWith(trackers, flags) {
  const projectFolder = mkdtempSync(join(tmpdir(), "codex-trackers-"));
  const trainer = new PacedTrainer(flags);
  try {
    const tracker = Object.fromEntries(trackers.map((name) => [name, name === "prometheus" ? { port: 0 } : {}]));
    // The other parts are stand-ins that compute nothing.
    const config = createFakeConfig({ tracker, run: { name: "bench" } });
    const kernel = await createKernel({ projectFolder, config, parts: { trainer }, plugins: [fakePlugin, builtIn] });
    await kernel.train();
    await kernel.dispose();
    return trainer;
  } finally {
    rmSync(projectFolder, { recursive: true, force: true });
  }
}

/** CPU time of all trackers together, per step, and how long the event loop waits meanwhile. */
export async function run(flags) {
  const cases = { none: [], [flags.trackers.join(", ")]: flags.trackers };
  const told = Object.fromEntries(Object.keys(cases).map((name) => [name, { cpuUs: [], delayMs: [] }]));
  for (let round = 0; round < flags.rounds; round++) {
    for (const name of turnsOf(Object.keys(cases), round)) {
      const { cpuUsPerStep, delayMs } = await runWith(cases[name], flags);
      told[name].cpuUs.push(cpuUsPerStep);
      told[name].delayMs.push(delayMs);
    }
  }
  const none = spread(told.none.cpuUs).median;
  const results = Object.entries(told).map(([name, { cpuUs, delayMs }]) => {
    const perStepUs = spread(cpuUs.map((value) => value - none));
    return {
      trackers: name,
      perStepUs,
      shareOfStep: perStepUs.median / (flags.stepMs * 1000),
      eventLoopP99Ms: spread(delayMs),
    };
  });
  printTable(
    ["trackers", "CPU a step, µs", `of a step of ${flags.stepMs} ms`, "event loop p99, ms"],
    results.map(({ trackers, perStepUs, shareOfStep, eventLoopP99Ms }) => [
      trackers,
      perStepUs.median.toFixed(0),
      `${(shareOfStep * 100).toFixed(2)} %`,
      eventLoopP99Ms.median.toFixed(1),
    ]),
  );
  return results;
}
