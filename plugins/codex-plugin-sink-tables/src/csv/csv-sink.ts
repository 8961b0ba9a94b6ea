import { createReadStream } from "node:fs";
import { join } from "node:path";
import { ingestErrors, type MetricsRun, type MetricsSink, type SinkRequest, type WrittenRun } from "codex-core";
import { metricColumns, runColumns, runRow } from "../columns.js";
import { RunsInOrder } from "../runs-in-order.js";
import { runsFileName } from "../sibling-name.js";
import { csvLine, firstField } from "./csv-text.js";
import { LineFile } from "./line-file.js";
import { addValueLines } from "./value-lines.js";

/** Values as a CSV file, a line a value, and the runs as another beside it. Both are written anew, line by line. */
export const csvSink: MetricsSink = {
  files: (name) => [name, runsFileName(name)],
  async write(request) {
    const written: WrittenRun[] = [];
    await rewrite(request, request.name, metricColumns, async (run, file) => {
      const values = await addValueLines(run, await run.read(), file);
      written.push({ runId: run.facts.runId, values, how: "whole" });
    });
    await rewrite(request, runsFileName(request.name), runColumns, ({ facts }, file) =>
      file.add(csvLine(runRow(facts))),
    );
    return written;
  },
};

/** Writes a table anew: other runs' lines as they were, those of the given runs by `add`. */
async function rewrite(
  { runs, folder, before, signal }: SinkRequest,
  name: string,
  columns: readonly string[],
  add: (run: MetricsRun, file: LineFile) => Promise<void>,
): Promise<void> {
  const order = new RunsInOrder(runs);
  await LineFile.write(join(folder, name), async (file) => {
    await file.add(csvLine(columns));
    for await (const lines of before === undefined ? [] : oldLines(join(before, name), columns)) {
      signal.throwIfAborted();
      let kept = "";
      for (const line of lines) {
        const fate = order.fate(firstField(line));
        if (fate === "drop") continue;
        if (fate === "keep") {
          kept += `${line}\n`;
          continue;
        }
        await file.add(kept);
        kept = "";
        await add(fate, file);
      }
      await file.add(kept);
    }
    for (const run of order.rest()) await add(run, file);
  });
}

/**
 * The lines after the heading, some at a time; none of a file that is not there. Not by node:readline, which ends lines
 * at U+2028 too.
 *
 * @throws CODEX_INGEST_FOREIGN
 */
async function* oldLines(path: string, columns: readonly string[]): AsyncGenerator<string[], void, void> {
  const heading = columns.join(",");
  let rest = "";
  let isFirst = true;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      const first = isFirst ? lines.shift() : undefined;
      if (isFirst && first !== heading) {
        const what = `${path} is no CSV file of metrics: its first line is not "${heading}".`;
        throw ingestErrors.CODEX_INGEST_FOREIGN({ what, where: path });
      }
      isFirst = false;
      yield lines;
    }
    if (rest !== "") yield [rest];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
