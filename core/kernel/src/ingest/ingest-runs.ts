import { join } from "node:path";
import type { MetricsRun, MetricsSink, WrittenRun } from "../contracts/metrics-sink.js";
import { isCodexError } from "../errors/codex-error.js";
import { ingestErrors } from "../errors/ingest-errors.js";
import type { RunSummary } from "../run/run-summary.js";
import { MetricsFile } from "./metrics-file.js";
import { replaceFiles } from "./replace-files.js";
import { readRunFacts } from "./run-facts.js";

/** What became of a run. */
export interface IngestedRun extends WrittenRun {
  readonly folder: string;
  /** Lines of metrics.ndjson that were passed over: a crash cut them. */
  readonly damagedLines: number;
  /** The run has no metrics.ndjson. */
  readonly isWithoutMetrics: boolean;
}

export interface IngestSettings {
  readonly runs: readonly RunSummary[];
  /** Absolute path of the file. */
  readonly target: string;
  readonly sink: MetricsSink;
  readonly signal: AbortSignal;
}

/**
 * Puts runs' metrics into a target, so that it holds the rows of each as they stand.
 *
 * @throws CODEX_INGEST_SAME_RUN, CODEX_INGEST_TARGET, CODEX_INGEST_BUSY, CODEX_INGEST_FOREIGN, CODEX_INGEST_LIBRARY,
 *   CODEX_INGEST_FAILED
 */
export async function ingestRuns({ runs, target, sink, signal }: IngestSettings): Promise<readonly IngestedRun[]> {
  checkRunIds(runs);
  const files = new Map<string, MetricsFile>();
  const ingested: MetricsRun[] = [];
  for (const run of runs) {
    const facts = await readRunFacts(run);
    ingested.push({
      facts,
      async read(mark) {
        await files.get(run.runId)?.close();
        const file = await MetricsFile.open(join(run.folder, "metrics.ndjson"), signal);
        files.set(run.runId, file);
        return file.read(mark);
      },
    });
  }
  try {
    const written = await replaceFiles(
      target,
      (name) => sink.files(name),
      (workplace) => sink.write({ ...workplace, runs: ingested, signal }),
    );
    return written.map((run) => {
      const file = files.get(run.runId);
      const folder = runs.find(({ runId }) => runId === run.runId)?.folder ?? "";
      return { ...run, folder, damagedLines: file?.damaged ?? 0, isWithoutMetrics: file?.isThere === false };
    });
  } catch (cause) {
    if (isCodexError(cause) || signal.aborted) throw cause;
    const what = `The metrics cannot be put into ${target}: ${cause instanceof Error ? cause.message : cause}`;
    throw ingestErrors.CODEX_INGEST_FAILED({ what, where: target, cause });
  } finally {
    for (const file of files.values()) await file.close();
  }
}

function checkRunIds(runs: readonly RunSummary[]): void {
  const folders = new Map<string, string>();
  for (const { runId, folder } of runs) {
    const other = folders.get(runId);
    if (other !== undefined) {
      const what = `${other} and ${folder} both hold the run ${runId}.`;
      throw ingestErrors.CODEX_INGEST_SAME_RUN({ what, where: `${other}, ${folder}` });
    }
    folders.set(runId, folder);
  }
}
