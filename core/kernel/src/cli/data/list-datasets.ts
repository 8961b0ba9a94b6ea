import type { DataProblem } from "../../contracts/batch-source.js";
import { datasetLabel } from "../../datasets/dataset-reference.js";
import { readRegistry } from "../../datasets/read-registry.js";
import type { Dataset } from "../../datasets/registry-form.js";
import { formatBytes, formatWhole } from "../../text/quantity.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { printable } from "../printable.js";
import { findProjectFolder } from "../project-folder.js";
import { differenceOf } from "./compare-sources.js";
import { isAddress, locateFile, lookAtFile } from "./locate-file.js";

const shownProblems = 10;

/** A registered dataset, and how its files are. */
interface ListedDataset extends Dataset {
  readonly sizeBytes: number;
  readonly files: number;
  /** Files whose ids are no paths: nobody looked at them. */
  readonly elsewhere: number;
  readonly problems: readonly DataProblem[];
}

/** Lists the registry. With `check`, every file is read; else only whether it is there, and its size, is looked at. */
export async function listDatasets({ check = false }: { check?: boolean }, context: CommandContext): Promise<void> {
  const projectFolder = findProjectFolder(context.terminal.workingFolder);
  const datasets: ListedDataset[] = [];
  for (const dataset of await readRegistry(projectFolder)) datasets.push(await lookAt(dataset, projectFolder, check));
  context.answer({ datasets }, () => renderDatasets(datasets, check));
  if (check && datasets.some(({ problems }) => problems.length > 0)) context.setExitCode(1);
}

async function lookAt(dataset: Dataset, projectFolder: string, check: boolean): Promise<ListedDataset> {
  const files = dataset.sources.flatMap((source) => source.files);
  const problems: DataProblem[] = [];
  for (const file of files.filter(({ id }) => !isAddress(id))) {
    const path = locateFile(file.id, projectFolder);
    const problem = differenceOf(file, path === undefined ? undefined : await lookAtFile(path, check));
    if (problem) problems.push({ file: file.id, problem });
  }
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const elsewhere = files.filter(({ id }) => isAddress(id)).length;
  return { ...dataset, sizeBytes, files: files.length, elsewhere, problems };
}

function renderDatasets(datasets: readonly ListedDataset[], check: boolean): string {
  if (datasets.length === 0) return "No datasets are registered. `codex data add NAME` registers a config's data.\n";
  const rows = datasets.map((dataset) => [
    datasetLabel(dataset),
    dataset.documents === undefined ? "" : formatWhole(dataset.documents),
    dataset.files === 0 ? "" : formatBytes(dataset.sizeBytes),
    licencesOf(dataset),
    stateOf(dataset, check),
  ]);
  const problems = datasets.flatMap((dataset) =>
    dataset.problems.map(({ file, problem }) => [datasetLabel(dataset), printable(file), problem]),
  );
  const more =
    problems.length > shownProblems ? `… and ${problems.length - shownProblems} more; --json lists all.\n` : "";
  const table = renderTable([["dataset", "documents", "size", "licence", "files"], ...rows]);
  return problems.length === 0 ? table : `${table}\n${renderTable(problems.slice(0, shownProblems))}${more}`;
}

function licencesOf({ license, sources }: Dataset): string {
  const known = license ?? [...new Set(sources.flatMap((source) => source.license ?? []))].join(", ");
  return printable(known) || "not known";
}

function stateOf({ files, elsewhere, problems }: ListedDataset, check: boolean): string {
  if (files === 0) return "not known";
  if (problems.length > 0) return `${problems.length} of ${files} differ`;
  if (elsewhere === files) return `${files} elsewhere`;
  return `${files - elsewhere} ${check ? "unchanged" : "there"}${elsewhere > 0 ? `, ${elsewhere} elsewhere` : ""}`;
}
