import { sep } from "node:path";
import { type BatchSource, BatchSourcePoint, type DataProblem } from "../../contracts/batch-source.js";
import { type Corpus, CorpusPoint } from "../../contracts/corpus.js";
import { readDataManifest } from "../../contracts/data-manifest.js";
import { formatThings } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import type { ConfigOptions } from "../config-options.js";
import { printable } from "../printable.js";
import { shortPath } from "../short-path.js";
import { compareSources } from "./compare-sources.js";
import { notPreparable, prepareShown, sectionsOfTokens, withDataKernel } from "./data-command.js";
import type { PreparationLine } from "./preparation-progress.js";

/** What was read and compared. */
interface Verification {
  readonly whole: boolean;
  readonly problems: readonly DataProblem[];
  /** Absent where the prepared data itself is damaged. */
  readonly folder?: string;
  /** Whether it was made by this command: it was not there before, or could not be read. */
  readonly made: boolean;
  /** Files of the sources that were compared with the manifest. */
  readonly sourceFiles: number;
}

/** Compares all that was prepared, and the files that it was made of, with the manifest. */
export async function verifyData(
  options: ConfigOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const points = { source: BatchSourcePoint, corpus: CorpusPoint };
  const answer = await withDataKernel(options, words, context, sectionsOfTokens, ({ kernel, line }) =>
    kernel.withParts(points, ({ source, corpus }) => verify(source, corpus, line)),
  );
  context.answer(answer, () => renderVerification(answer, context.terminal.workingFolder));
  if (!answer.whole) context.setExitCode(1);
}

/** Damaged tokens are told of and not looked at further: to prepare would make them anew. */
async function verify(source: BatchSource, corpus: Corpus, line: PreparationLine): Promise<Verification> {
  if (!source.verify) throw notPreparable("verified");
  line.note("comparing the data with its manifest …");
  const damaged = await source.verify();
  if (damaged.length > 0 || !source.prepare) return verification(damaged, { made: false, sourceFiles: 0 });
  const { folder, made, manifest } = await prepareShown(source, line);
  line.note("reading the source files …");
  const sources = (await corpus.sources?.()) ?? [];
  const sourceFiles = sources.reduce((sum, each) => sum + each.files.length, 0);
  const changed = corpus.sources ? compareSources(readDataManifest(manifest), sources) : [];
  return verification(changed, { folder, made, sourceFiles });
}

function verification(problems: readonly DataProblem[], facts: Omit<Verification, "whole" | "problems">): Verification {
  return { whole: problems.length === 0, problems, ...facts };
}

function renderVerification(verified: Verification, workingFolder: string): string {
  const { whole, problems, folder, made, sourceFiles } = verified;
  if (!whole) return renderTable([["file", "problem"], ...problems.map(rowOf)]) + renderFix(problems, workingFolder);
  const place = folder === undefined ? "" : `: ${shortPath(workingFolder, folder)}`;
  const news = made ? " It was made just now, because it was not there or not whole." : "";
  const files = sourceFiles === 0 ? "no source file" : formatThings(sourceFiles, "source file");
  return `The data is as its manifest says${place}.${news} Compared with ${files}.\n`;
}

/** What to delete; folders in others that are named too are left out. */
function renderFix(problems: readonly DataProblem[], workingFolder: string): string {
  const folders = [...new Set(problems.flatMap(({ folder }) => folder ?? []))];
  const outermost = folders.filter((folder) => !folders.some((other) => folder.startsWith(`${other}${sep}`)));
  if (outermost.length === 0) return "";
  const names = outermost.map((folder) => printable(shortPath(workingFolder, folder)));
  return `Fix: delete ${names.join(", ")}; what is missing is made again when it is next needed.\n`;
}

function rowOf({ file, problem }: DataProblem): string[] {
  return [printable(file), printable(problem)];
}
