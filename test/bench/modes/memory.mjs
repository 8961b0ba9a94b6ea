import { pairwiseRatio, spread, turnsOf } from "../statistics.mjs";
import { printTable, sayMegabytes, sayRatio } from "../table.mjs";
import { startCodex, startPyTorch } from "../training-servers.mjs";

/** Peak memory of a fresh process that starts from weights of its own. */
async function peakBytes(server, steps) {
  await server.ready;
  const { peakMemoryBytes } = await server.run(steps);
  await server.stop();
  return peakMemoryBytes;
}

/** Peaks of training, one process at a time. */
export async function run(flags) {
  const { dropout } = flags;
  const results = [];
  for (const shape of flags.shapes) {
    const start = {
      codex: () => startCodex(flags, shape, { dropout }),
      eager: () => startPyTorch(flags, shape, "eager", { dropout }),
    };
    const bytes = { codex: [], eager: [] };
    for (let round = 0; round < flags.rounds; round++) {
      for (const name of turnsOf(Object.keys(start), round)) {
        bytes[name].push(await peakBytes(start[name](), flags.steps));
      }
    }
    results.push({
      shape: shape.text,
      rounds: flags.rounds,
      codexPeakBytes: spread(bytes.codex),
      eagerPeakBytes: spread(bytes.eager),
      memoryRatio: pairwiseRatio(bytes.codex, bytes.eager),
    });
  }
  printTable(
    ["shape", "Codex", "PyTorch", "Codex ÷ PyTorch"],
    results.map(({ shape, codexPeakBytes, eagerPeakBytes, memoryRatio }) => [
      shape,
      sayMegabytes(codexPeakBytes.median),
      sayMegabytes(eagerPeakBytes.median),
      sayRatio(memoryRatio),
    ]),
  );
  return results;
}
