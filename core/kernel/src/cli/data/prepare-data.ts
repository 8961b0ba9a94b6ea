import { BatchSourcePoint, type PreparedData } from "../../contracts/batch-source.js";
import { readDataManifest } from "../../contracts/data-manifest.js";
import { formatDuration, formatWhole } from "../../text/quantity.js";
import { renderFacts, renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import type { ConfigOptions } from "../config-options.js";
import { printable } from "../printable.js";
import { shortPath } from "../short-path.js";
import { datasetOf, prepareShown, sectionsOfTokens, withDataKernel } from "./data-command.js";

/** What `codex data prepare` answers. */
interface PreparedAnswer extends PreparedData {
  /** `NAME@VERSION`, where the config asks for its data by name. */
  readonly dataset?: string;
}

/** Makes the tokens of a config's data, and says what they are. */
export async function prepareData(
  options: ConfigOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const startedAtMs = Date.now();
  const prepared = await withDataKernel(options, words, context, sectionsOfTokens, ({ kernel, line }) =>
    kernel.withParts({ source: BatchSourcePoint }, async ({ source }): Promise<PreparedAnswer> => {
      const { folder, made, manifest } = await prepareShown(source, line);
      return { folder, made, ...datasetOf(kernel), manifest };
    }),
  );
  const tookMs = Date.now() - startedAtMs;
  context.answer(prepared, () => renderPrepared(prepared, tookMs, context.terminal.workingFolder));
}

function renderPrepared(prepared: PreparedAnswer, tookMs: number, workingFolder: string): string {
  const state = prepared.made ? `made in ${formatDuration(tookMs)}` : "there already";
  const folder: [string, string] = ["folder", `${shortPath(workingFolder, prepared.folder)}, ${state}`];
  const { dataset } = prepared;
  const { vocabSize, sources } = readDataManifest(prepared.manifest);
  if (Object.keys(sources).length === 0) return renderFacts([folder, ...scalarsOf(prepared)]);
  const facts: [string, string][] = [folder];
  if (dataset !== undefined) facts.push(["dataset", printable(dataset)]);
  if (vocabSize !== undefined) facts.push(["vocabulary", formatWhole(vocabSize)]);
  const rows = Object.entries(sources).flatMap(([name, source]) =>
    Object.entries(source.splits).map(([split, { documents, tokens }]) => [
      printable(name),
      printable(split),
      formatWhole(documents),
      formatWhole(tokens),
    ]),
  );
  return `${renderFacts(facts)}\n${renderTable([["source", "split", "documents", "tokens"], ...rows])}`;
}

/** Of a manifest that names no sources: what it says at its root. */
function scalarsOf({ manifest }: PreparedData): [string, string][] {
  return Object.entries(manifest).flatMap(([key, value]) =>
    typeof value === "object" ? [] : [[printable(key), printable(String(value))]],
  );
}
