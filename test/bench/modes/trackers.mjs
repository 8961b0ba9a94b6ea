import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createKernel } from "codex-core/kernel";
import { createFakeConfig, fakePlugin } from "codex-core/testing";
import { spread } from "../statistics.mjs";
import { printTable } from "../table.mjs";

const builtIn = fileURLToPath(new URL("../../../plugins/codex-plugins", import.meta.url));

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

/** The same in a process of its own. */
async function inProcess(trackers, flags) {
  const child = fork(fileURLToPath(import.meta.url), [JSON.stringify({ trackers, flags })]);
  const [[told]] = await Promise.all([once(child, "message"), once(child, "exit")]);
  return told;
}

/** CPU time of all trackers together, per step, and how long the event loop waits meanwhile. */
export async function run(flags) {
  const cases = { none: [], [flags.trackers.join(", ")]: flags.trackers };
  const rounds = [];
  for (let round = 0; round < flags.rounds; round++) {
    // At once, so that what else the machine does is the same for both: each takes a few hundredths of a core.
    rounds.push(await Promise.all(Object.values(cases).map((trackers) => inProcess(trackers, flags))));
  }
  const results = Object.keys(cases).map((trackers, at) => {
    const perStepUs = spread(rounds.map((told) => told[at].cpuUsPerStep - (at === 0 ? 0 : told[0].cpuUsPerStep)));
    return {
      trackers,
      perStepUs,
      shareOfStep: perStepUs.median / (flags.stepMs * 1000),
      eventLoopP99Ms: spread(rounds.map((told) => told[at].delayMs)),
    };
  });
  printTable(
    [
      "trackers",
      "CPU a step, µs (of trackers: more than none)",
      `of a step of ${flags.stepMs} ms`,
      "event loop p99, ms",
    ],
    results.map(({ trackers, perStepUs, shareOfStep, eventLoopP99Ms }) => [
      trackers,
      perStepUs.median.toFixed(0),
      `${(shareOfStep * 100).toFixed(2)} %`,
      eventLoopP99Ms.median.toFixed(1),
    ]),
  );
  return results;
}

if (process.send) {
  const { trackers, flags } = JSON.parse(process.argv[2]);
  const { cpuUsPerStep, delayMs } = await runWith(trackers, flags);
  process.send({ cpuUsPerStep, delayMs });
  process.disconnect();
}
