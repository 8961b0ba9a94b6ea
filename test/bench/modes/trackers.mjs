import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { spread } from "../statistics.mjs";
import { printTable } from "../table.mjs";

const trackedRun = fileURLToPath(new URL("../tracked-run.mjs", import.meta.url));

/** What a run with these trackers costs, in a process of its own. */
async function inProcess(trackers, flags) {
  const child = fork(trackedRun, [JSON.stringify({ trackers, flags })]);
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
