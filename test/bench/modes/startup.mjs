import { pairwiseRatio, spread, turnsOf } from "../statistics.mjs";
import { printTable, sayRatio } from "../table.mjs";
import { startCodex, startPyTorch } from "../training-servers.mjs";

/** Milliseconds from the start of a process to its first step's loss. */
async function firstStepMs(server) {
  await server.run(1);
  await server.ready;
  const ms = server.sinceStart();
  await server.stop();
  return ms;
}

/** Process start to first step done. */
export async function run(flags) {
  const results = [];
  for (const shape of flags.shapes) {
    const start = { codex: () => startCodex(flags, shape), eager: () => startPyTorch(flags, shape) };
    const ms = { codex: [], eager: [] };
    for (let round = 0; round < flags.rounds; round++) {
      for (const name of turnsOf(Object.keys(start), round)) ms[name].push(await firstStepMs(start[name]()));
    }
    results.push({
      shape: shape.text,
      rounds: flags.rounds,
      codexMs: spread(ms.codex),
      eagerMs: spread(ms.eager),
      timeRatio: pairwiseRatio(ms.codex, ms.eager),
    });
  }
  printTable(
    ["shape", "Codex, ms", "PyTorch, ms", "Codex ÷ PyTorch"],
    results.map(({ shape, codexMs, eagerMs, timeRatio }) => [
      shape,
      codexMs.median.toFixed(0),
      eagerMs.median.toFixed(0),
      sayRatio(timeRatio),
    ]),
  );
  return results;
}
