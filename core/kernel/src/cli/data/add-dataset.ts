import { isAbsolute, relative, sep } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Corpus, CorpusPoint, type CorpusSource } from "../../contracts/corpus.js";
import type { Json, JsonObject } from "../../contracts/json.js";
import { datasetLabel, parseDatasetReference } from "../../datasets/dataset-reference.js";
import { registryFile } from "../../datasets/read-registry.js";
import { type Registration, registerDataset } from "../../datasets/register-dataset.js";
import type { Dataset } from "../../datasets/registry-form.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import type { Kernel } from "../../run/kernel-types.js";
import { formatBytes, formatThings } from "../../text/quantity.js";
import type { CommandContext } from "../command.js";
import type { AddDatasetOptions } from "../commands/data.js";
import { type DataWork, withDataKernel } from "./data-command.js";

/** What `codex data add` answers. */
interface AddedDataset {
  /** `NAME@VERSION`. */
  readonly dataset: string;
  readonly added: boolean;
  readonly entry: Dataset;
  /** Options of the registered section that are not those of this config; of what was there already. */
  readonly differs: readonly string[];
}

/** Registers a config's data under a name. */
export async function addDataset(
  label: string,
  options: AddDatasetOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  const reference = parseDatasetReference(label, "command line");
  const register = async ({ kernel, projectFolder }: DataWork): Promise<AddedDataset> => {
    const content = await kernel.withParts({ corpus: CorpusPoint }, ({ corpus }) =>
      contentOf(kernel, corpus, projectFolder, options),
    );
    return answerOf(await registerDataset(projectFolder, reference, content), content.data);
  };
  const more = await ownOverrides(options, words, context);
  const answer = await withDataKernel(options, [...words, ...more], context, ["data"], register);
  context.answer(answer, () => renderAdded(answer));
}

/**
 * Overrides that the command adds to those that are typed. A config that names a dataset is read without its name: the
 * texts may be others by now, and shall be registered all the same. Licence and homepage are options of the data too,
 * where it has such.
 */
function ownOverrides(
  options: AddDatasetOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<readonly string[]> {
  return withDataKernel(options, words, context, ["data"], async ({ kernel }) => {
    const { value, schema } = kernel.config;
    const data = isJsonObject(value.data) ? value.data : {};
    const names = ["dataset", "fingerprint"].filter((key) => Object.hasOwn(data, key));
    const described = (["license", "homepage"] as const).filter(
      (key) => options[key] !== undefined && schema.knows(["data", key]),
    );
    return [...names.map((key) => `~data.${key}`), ...described.map((key) => `data.${key}=${options[key]}`)];
  });
}

async function contentOf(
  { config }: Kernel,
  corpus: Corpus,
  projectFolder: string,
  { license, homepage }: AddDatasetOptions,
): Promise<Omit<Dataset, "name" | "version">> {
  const fingerprint = await corpus.fingerprint();
  let documents = 0;
  for await (const _document of corpus.documents()) documents += 1;
  return {
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    data: fromProject(config.toPreset().data!, projectFolder) as JsonObject,
    fingerprint,
    documents,
    sources: ((await corpus.sources?.()) ?? []).map(sourceOf),
    addedAt: new Date().toISOString(),
  };
}

/** What the registry keeps of a source, and nothing else that a corpus may say of it. */
function sourceOf({ name, weight, license, homepage, files }: CorpusSource): Dataset["sources"][number] {
  return {
    name,
    weight,
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    files: files.map(({ id, sizeBytes, sha256 }) => ({ id, sizeBytes, sha256 })),
  };
}

/** Absolute paths that lie in the project, written from its folder, so that they hold on other machines. */
function fromProject(value: Json, projectFolder: string): Json {
  if (Array.isArray(value)) return value.map((item: Json) => fromProject(item, projectFolder));
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fromProject(child, projectFolder)]));
  }
  if (typeof value !== "string" || !isAbsolute(value) || !value.startsWith(`${projectFolder}${sep}`)) return value;
  return relative(projectFolder, value).split(sep).join("/");
}

function answerOf({ dataset, added }: Registration, data: JsonObject): AddedDataset {
  const keys = [...new Set([...Object.keys(dataset.data), ...Object.keys(data)])];
  const differs = keys.filter((key) => !isDeepStrictEqual(dataset.data[key], data[key]));
  return { dataset: datasetLabel(dataset), added, entry: dataset, differs };
}

function renderAdded({ dataset, added, entry, differs }: AddedDataset): string {
  if (added) {
    const files = entry.sources.flatMap((source) => source.files);
    const size = formatBytes(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    const parts = [formatThings(entry.documents ?? 0, "document")];
    if (files.length > 0) parts.push(formatThings(files.length, "file"), size);
    return `Registered ${dataset} in ${registryFile}: ${parts.join(", ")}.\nUse it: data.dataset=${dataset}\n`;
  }
  const others = differs.map((key) => `data.${key}`).join(", ");
  const hint = differs.length === 0 ? "" : ` It was registered with another ${others}; what a config says goes before.`;
  return `These texts are there already, as ${dataset}.${hint}\n`;
}
