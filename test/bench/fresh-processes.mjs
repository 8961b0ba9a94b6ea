import { pairwiseRatio, spread, turnsOf } from "./statistics.mjs";
import { printTable, sayRatio } from "./table.mjs";
import { startCodex, startPyTorch } from "./training-servers.mjs";

/**
 * A figure of fresh training processes, Codex's and PyTorch's in turn, one at a time; printed as a table.
 *
 * @param {object} flags shapes, rounds, dropout (default: none) and what Codex computes on
 * @param {(server: object) => Promise<number>} measure takes a server that was just started, and stops it
 * @param {(value: number) => string} say a value with its unit
 */
export async function compareFreshProcesses(flags, measure, say) {
  const { rounds, dropout = 0 } = flags;
  const results = [];
  for (const shape of flags.shapes) {
    const start = {
      codex: () => startCodex(flags, shape, { dropout }),
      eager: () => startPyTorch(flags, shape, "eager", { dropout }),
    };
    const values = { codex: [], eager: [] };
    for (let round = 0; round < rounds; round++) {
      for (const name of turnsOf(Object.keys(start), round)) values[name].push(await measure(start[name]()));
    }
    const [codex, eager] = [spread(values.codex), spread(values.eager)];
    results.push({ shape: shape.text, rounds, codex, eager, ratio: pairwiseRatio(values.codex, values.eager) });
  }
  printTable(
    ["shape", "Codex", "PyTorch", "Codex ÷ PyTorch"],
    results.map(({ shape, codex, eager, ratio }) => [shape, say(codex.median), say(eager.median), sayRatio(ratio)]),
  );
  return results;
}
