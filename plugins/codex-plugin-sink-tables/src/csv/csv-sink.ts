import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
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
  { runs, folder, before }: SinkRequest,
  name: string,
  columns: readonly string[],
  add: (run: MetricsRun, file: LineFile) => Promise<void>,
): Promise<void> {
  const order = new RunsInOrder(runs);
  await LineFile.write(join(folder, name), async (file) => {
    await file.add(csvLine(columns));
    for await (const line of before === undefined ? [] : oldLines(join(before, name), columns)) {
      const fate = order.fate(firstField(line));
      if (fate === "keep") await file.add(`${line}\n`);
      else if (fate !== "drop") await add(fate, file);
    }
    for (const run of order.rest()) await add(run, file);
  });
}

/** The lines after the heading; none of a file that is not there. @throws CODEX_INGEST_FOREIGN */
async function* oldLines(path: string, columns: readonly string[]): AsyncGenerator<string, void, void> {
  const heading = columns.join(",");
  let isFirst = true;
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      if (!isFirst && line !== "") yield line;
      if (isFirst && line !== heading) {
        const what = `${path} is no CSV file of metrics: its first line is not "${heading}".`;
        throw ingestErrors.CODEX_INGEST_FOREIGN({ what, where: path });
      }
      isFirst = false;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
