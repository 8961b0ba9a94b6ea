// What saving costs a training: the same training with and without saves, in turn, as the trainer saves: a copy between
// two steps, the rest beside the next ones. Usage:
//   node test/bench/save-cost.mjs [--shape S|L] [--every STEPS] [--saves 2] [--rounds 10] [--folder FOLDER]
// Saves every 50 steps on S and every 10 on L. Prints a line a round and, last, one line of JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { StateCopy } from "../../plugins/codex-plugin-trainer-lm/dist/step/state-copy.js";
import { BackgroundSave } from "../../plugins/codex-plugin-trainer-lm/dist/train/background-save.js";
import { describeMachine } from "./machine.mjs";
import { openBackend } from "./open-backend.mjs";
import { shapes } from "./shapes.mjs";
import { median, spread } from "./statistics.mjs";
import { createTraining } from "./training.mjs";

const { values: flags } = parseArgs({
  options: {
    shape: { type: "string", default: "S" },
    every: { type: "string" },
    saves: { type: "string", default: "2" },
    rounds: { type: "string", default: "10" },
    folder: { type: "string", default: tmpdir() },
  },
});
const shape = shapes[flags.shape];
if (!shape) {
  console.error("Usage: node test/bench/save-cost.mjs [--shape S|M|L] [--every STEPS] [--saves 2] [--rounds 10]");
  process.exit(2);
}
const every = Number(flags.every ?? (flags.shape === "L" ? 10 : 50));
const steps = every * Number(flags.saves);
const folder = mkdtempSync(join(flags.folder, "codex-bench-"));
const silent = { debug() {}, info() {}, warn: console.error, error: console.error };
const backend = await openBackend("onnx");
const training = await createTraining({ shape, backend });
const copy = new StateCopy(backend, training.model, training.optimizer);
const store = new LocalCheckpointStore(localCheckpointOptions.parse({ keepLast: 2, keepBest: 0 }), folder, silent);
const saves = new BackgroundSave(store);
let step = 0;

async function save() {
  await saves.wait();
  const saved = saves.taken();
  saves.start({ step, ...(await copy.take()), modelDescription: {}, parts: {}, metrics: {}, attachments: [] });
  return saved;
}

/** One turn: milliseconds a step, everything counted, and the longest that one step and what came before it took. */
async function turn(isSaving) {
  const startedAt = performance.now();
  let longestMs = 0;
  for (let done = 0; done < steps; done++) {
    const stepStartedAt = performance.now();
    if (isSaving && done % every === 0) await save();
    await training.next();
    step++;
    longestMs = Math.max(longestMs, performance.now() - stepStartedAt);
  }
  await saves.wait();
  saves.taken();
  return { msPerStep: (performance.now() - startedAt) / steps, longestMs };
}

const rounds = [];
try {
  await training.next(); // declares the state
  await turn(true);
  for (let round = 0; round < Number(flags.rounds); round++) {
    const turns = {};
    for (const isSaving of round % 2 ? [true, false] : [false, true]) turns[isSaving] = await turn(isSaving);
    const ratio = turns.true.msPerStep / turns.false.msPerStep;
    rounds.push({ plain: turns.false, saving: turns.true, ratio });
    console.log(
      `round ${round}: ${turns.false.msPerStep.toFixed(2)} ms a step, ${turns.true.msPerStep.toFixed(2)} with saves; ` +
        `ratio ${ratio.toFixed(4)}; longest step ${turns.false.longestMs.toFixed(0)} and ${turns.true.longestMs.toFixed(0)} ms`,
    );
  }
  const result = {
    shape: flags.shape,
    parameters: training.parameters,
    every,
    stepsPerTurn: steps,
    msPerStep: median(rounds.map(({ plain }) => plain.msPerStep)),
    msPerStepSaving: median(rounds.map(({ saving }) => saving.msPerStep)),
    ratio: spread(rounds.map(({ ratio }) => ratio)),
  };
  console.log(JSON.stringify({ mode: "save-cost", at: new Date().toISOString(), machine: describeMachine(), result }));
} finally {
  await saves.wait();
  await training.dispose();
  await backend.dispose();
  await store.dispose();
  rmSync(folder, { recursive: true, force: true });
}
