import type { MetricsReading, MetricsRun } from "codex-core";
import { csvField } from "./csv-text.js";
import type { LineFile } from "./line-file.js";

/**
 * Adds a line for each value of a run; gives their number. Numbers that are not finite stand as NaN, Infinity and
 * -Infinity.
 */
export async function addValueLines(
  { facts }: Pick<MetricsRun, "facts">,
  { rows }: MetricsReading,
  file: LineFile,
): Promise<number> {
  const run = csvField(facts.runId);
  const fields = new WeakMap<readonly string[], readonly string[]>();
  let count = 0;
  for await (const some of rows) {
    let text = "";
    for (const { step, timeMs, sequence, keys, values } of some) {
      let names = fields.get(keys);
      if (!names) {
        names = keys.map(csvField);
        fields.set(keys, names);
      }
      const start = `${run},${step},${timeMs ?? ""},${sequence ?? ""},`;
      for (let index = 0; index < values.length; index++) text += `${start}${names[index]},${values[index]}\n`;
      count += values.length;
    }
    await file.add(text);
  }
  return count;
}
