import { formatBytes, formatMetric, formatThings, formatWhole } from "../../text/quantity.js";
import { renderFacts, renderTable } from "../../text/text-table.js";
import { printable } from "../printable.js";
import { shortPath } from "../short-path.js";
import { lengthBuckets, type SourceStats, type SplitStats } from "./data-stats.js";
import type { EpochsOfRun, StatsAnswer } from "./show-stats.js";

const barLength = 30;

/** Counts as tables: by source and split, shares and licences, lengths of documents, epochs. */
export function renderStats({ folder, dataset, sources, splits, run }: StatsAnswer, workingFolder: string): string {
  const facts: [string, string][] = [["folder", shortPath(workingFolder, folder)]];
  if (dataset !== undefined) facts.push(["dataset", printable(dataset)]);
  if (run) facts.push(["run", renderRun(run)]);
  if (sources.length === 0) return `${renderFacts(facts)}The manifest names no sources, so that nothing is counted.\n`;
  const histograms = Object.entries(splits).flatMap(([split, counts]) => renderLengths(split, counts));
  return [renderFacts(facts), renderCounts(sources, splits), renderShares(sources), ...histograms].join("\n");
}

function renderRun({ maxSteps, epochs, problem }: EpochsOfRun): string {
  const steps = formatThings(maxSteps, "step");
  if (epochs === undefined) return `${steps}: ${problem}`;
  const count = Number(epochs.toPrecision(3));
  return `${steps}, ${count} ${count === 1 ? "epoch" : "epochs"}`;
}

function renderCounts(sources: readonly SourceStats[], splits: StatsAnswer["splits"]): string {
  const head = ["source", "split", "documents", "tokens", "characters/token", "tokens/document", "half of them up to"];
  const rows = sources.flatMap((source) =>
    Object.entries(source.splits).map(([split, counts]) => countRow(source.name, split, counts)),
  );
  const all = sources.length > 1 ? Object.entries(splits).map(([split, counts]) => countRow("all", split, counts)) : [];
  return renderTable([head, ...rows, ...all]);
}

function countRow(name: string, split: string, counts: SplitStats): string[] {
  const { documents, tokens, charactersPerToken, tokensPerDocument, medianAtMost } = counts;
  return [
    printable(name),
    printable(split),
    formatWhole(documents),
    formatWhole(tokens),
    charactersPerToken === undefined ? "" : charactersPerToken.toFixed(2),
    tokensPerDocument === undefined ? "" : formatMetric(Math.round(tokensPerDocument)),
    medianAtMost === undefined ? "" : formatWhole(medianAtMost),
  ];
}

function renderShares(sources: readonly SourceStats[]): string {
  const rows = sources.map(({ name, files, sizeBytes, tokenShare, weight, weightShare, dropped, license }) => [
    printable(name),
    formatWhole(files),
    formatBytes(sizeBytes),
    percent(tokenShare),
    weight === undefined ? "" : `${formatMetric(weight)} (${percent(weightShare ?? 0)})`,
    dropped === undefined ? "" : formatWhole(dropped),
    license === undefined ? "not known" : printable(license),
  ]);
  return renderTable([["source", "files", "size", "train tokens", "weight", "dropped", "licence"], ...rows]);
}

/** Documents by length, a bar each. */
function renderLengths(split: string, { lengths }: SplitStats): string[] {
  const buckets = lengthBuckets(lengths ?? {});
  const most = Math.max(0, ...buckets.map(([, documents]) => documents));
  if (most === 0) return [];
  const rows = buckets.map(([atMost, documents]) => [
    `≤ ${formatWhole(atMost)}`,
    formatWhole(documents),
    "█".repeat(Math.round((documents / most) * barLength)) || (documents > 0 ? "▏" : ""),
  ]);
  return [renderTable([[`tokens (${printable(split)})`, "documents", ""], ...rows])];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
