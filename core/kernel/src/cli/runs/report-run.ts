import { cliErrors } from "../../errors/cli-errors.js";
import { compareRuns, type RunComparison } from "../../report/compare-runs.js";
import { comparisonText, renderComparison } from "../../report/render-comparison.js";
import { type RunRecords, readRunRecords } from "../../report/run-records.js";
import { writeReport } from "../../report/write-report.js";
import type { RunSummary } from "../../run/run-summary.js";
import { writeFileWhole } from "../../run/write-file.js";

/**
 * Writes the report of a run and gives the file's path.
 *
 * @throws CODEX_REPORT_NOT_WRITTEN
 */
export function reportRun({ folder }: RunSummary, output?: string): Promise<string> {
  return written(output ?? folder, () => writeReport(folder, output));
}

/**
 * Compares runs; writes the page where a file is named.
 *
 * @throws CODEX_REPORT_NOT_WRITTEN
 */
export async function compareGivenRuns(
  runs: readonly RunSummary[],
  output?: string,
): Promise<{ readonly comparison: RunComparison; readonly text: string }> {
  const all: RunRecords[] = [];
  for (const { folder } of runs) {
    const records = await readRunRecords(folder);
    if (records) all.push(records);
  }
  const comparison = compareRuns(all);
  if (output !== undefined) {
    await written(output, () => writeFileWhole(output, renderComparison(comparison, all)));
  }
  return { comparison, text: comparisonText(comparison) };
}

async function written<Value>(where: string, write: () => Promise<Value>): Promise<Value> {
  try {
    return await write();
  } catch (cause) {
    const what = `The report cannot be written: ${cause instanceof Error ? cause.message : cause}`;
    throw cliErrors.CODEX_REPORT_NOT_WRITTEN({ what, where, cause });
  }
}
