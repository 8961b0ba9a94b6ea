import { resolve } from "node:path";
import { cliErrors } from "../../errors/cli-errors.js";
import { createSink } from "../../ingest/create-sink.js";
import { type IngestedRun, ingestRuns } from "../../ingest/ingest-runs.js";
import { formatDuration, formatThings, formatWhole } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { printable } from "../printable.js";
import { readProject } from "../project.js";
import { findProjectFolder } from "../project-folder.js";
import { findRunsBelow } from "../runs/find-run.js";
import { shortPath } from "../short-path.js";

/** What `codex metrics ingest` answers. */
interface IngestAnswer {
  readonly file: string;
  readonly runs: readonly IngestedRun[];
}

/** Puts the metrics of runs into a file; its name is the last of the words. */
export async function ingest(words: readonly string[], type: string, context: CommandContext): Promise<void> {
  const startedAtMs = Date.now();
  const [references, file] = [words.slice(0, -1), words.at(-1)!];
  if (references.length === 0) {
    throw cliErrors.CODEX_CLI_MISSING_ARGUMENT({
      what: "A run and a file are needed; there is only one word.",
      where: "codex metrics ingest",
      fix: `Name the run before the file: codex metrics ingest latest --to ${type} ${file}`,
    });
  }
  const signal = context.interruptible("Stopping; the file stays as it was. Again to stop at once.");
  const { workingFolder } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const { catalogue } = await readProject(projectFolder);
  const sink = await createSink({ catalogue, projectFolder, type, askedBy: `--to ${type}`, signal });
  const runs = await findRunsBelow(references, context);
  const target = resolve(workingFolder, file);
  const answer: IngestAnswer = { file: target, runs: await ingestRuns({ runs, target, sink, signal }) };
  context.answer(answer, () => renderIngest(answer, Date.now() - startedAtMs, workingFolder));
}

function renderIngest({ file, runs }: IngestAnswer, tookMs: number, workingFolder: string): string {
  const rows = runs.map((run) => [printable(run.runId), formatWhole(run.values), run.how, noteOf(run)]);
  const table = renderTable([["run", "values", "how", ""], ...rows]);
  const values = runs.reduce((sum, run) => sum + run.values, 0);
  const where = printable(shortPath(workingFolder, file));
  return `${table}\n${formatThings(values, "value")} of ${formatThings(runs.length, "run")} into ${where} in ${formatDuration(tookMs)}.\n`;
}

function noteOf({ isWithoutMetrics, damagedLines }: IngestedRun): string {
  if (isWithoutMetrics) return "has no metrics.ndjson";
  return damagedLines > 0 ? `${formatThings(damagedLines, "damaged line")} passed over` : "";
}
