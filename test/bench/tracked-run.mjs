// A run that computes nothing, with the trackers asked for; sends its parent what a step of it costs. Started by the mode `trackers`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createKernel } from "codex-core/kernel";
import { createFakeConfig, fakePlugin } from "codex-core/testing";

const builtIn = fileURLToPath(new URL("../../plugins/codex-plugins", import.meta.url));

/** Seconds in which trackers are opened, load what they need, and come to their pace, ten seconds: not looked at. */
const settleSeconds = 95;

/** Seconds behind those, in which the event loop is timed: its timer, a thousand times a second, costs more than all trackers. */
const delaySeconds = 20;

/** A trainer that computes nothing: it tells of a step every so many milliseconds, as a training of shape S would. */
class PacedTrainer {
  constructor({ stepMs, seconds }) {
    const stepsOf = (time) => Math.round((time * 1000) / stepMs);
    this.stepMs = stepMs;
    this.settled = stepsOf(settleSeconds);
    this.measured = this.settled + stepsOf(seconds);
    this.steps = this.measured + stepsOf(delaySeconds);
  }

  async train(run) {
    await run.begin();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const start = performance.now();
    let before;
    for (let step = 1; step <= this.steps; step++) {
      await sleep(Math.max(0, start + step * this.stepMs - performance.now()));
      if (step === this.settled) before = process.cpuUsage();
      if (step === this.measured) {
        const { user, system } = process.cpuUsage(before);
        this.cpuUsPerStep = (user + system) / (this.measured - this.settled);
        delay.enable();
      }
      await run.hooks.stepEnd({ step, maxSteps: this.steps, epoch: step / this.steps, metrics: metricsOf(step) });
    }
    delay.disable();
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

const { trackers, flags } = JSON.parse(process.argv[2]);
const { cpuUsPerStep, delayMs } = await runWith(trackers, flags);
process.send({ cpuUsPerStep, delayMs });
process.disconnect();
