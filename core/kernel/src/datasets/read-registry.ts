import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import type { ConfigProblem } from "../config/config-problem.js";
import { isForbiddenKey } from "../config/forbidden-keys.js";
import { readYaml } from "../config/read-yaml.js";
import { isCodexError } from "../errors/codex-error.js";
import { dataErrors } from "../errors/data-errors.js";
import { datasetLabel } from "./dataset-reference.js";
import { type Dataset, registryForm } from "./registry-form.js";

/** The registry of a project: a file in its folder, under version control. */
export const registryFile = "datasets.json";

const maxSizeBytes = 64 << 20;
/** Characters of a broken file in which the place is looked for. */
const maxPlacedLength = 1 << 20;

/**
 * The datasets that a project has registered; none when it has no datasets.json.
 *
 * @throws CODEX_DATASETS_INVALID
 */
export async function readRegistry(projectFolder: string): Promise<readonly Dataset[]> {
  const text = await readText(join(projectFolder, registryFile));
  if (text === undefined) return [];
  const { data, error } = registryForm.safeParse(parse(text));
  if (error) {
    throw invalid(issueText(error), [registryFile, error.issues[0]?.path.join(".") ?? ""]);
  }
  const datasets = data.datasets as readonly Dataset[];
  const labels = datasets.map(datasetLabel);
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw invalid(`${twice} is there twice`, [registryFile, twice]);
  return datasets;
}

/** The first of what is wrong, with its place. */
export function issueText({ issues }: z.core.$ZodError): string {
  const [first] = issues;
  return `${first?.path.join(".") || "its root"}: ${first?.message ?? "it has not the form"}`;
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > maxSizeBytes) throw invalid(`it has ${size} bytes, more than the ${maxSizeBytes} that are read`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (!(error instanceof Error) || "exitCode" in error) throw error;
    throw invalid(error instanceof TypeError ? "it is not UTF-8 text" : error.message, [registryFile], error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      if (isForbiddenKey(key)) throw invalid(`"${key}" cannot be a key`);
      return value;
    });
  } catch (error) {
    if (!(error instanceof Error) || "exitCode" in error) throw error;
    throw invalid(error.message, [placeOf(text)], error);
  }
}

/** Where a text stops being JSON, with line and column: YAML, which JSON is, is read by one that says. */
function placeOf(text: string): string {
  if (text.length > maxPlacedLength) return registryFile;
  try {
    readYaml(text, { kind: "dataset", file: registryFile });
  } catch (error) {
    if (!isCodexError(error)) throw error;
    const [first] = (error as { readonly problems?: readonly ConfigProblem[] }).problems ?? [];
    return (first?.error ?? error).where ?? registryFile;
  }
  return registryFile;
}

function invalid(problem: string, where: readonly string[] = [registryFile], cause?: unknown): Error {
  return dataErrors.CODEX_DATASETS_INVALID({
    what: `${registryFile} cannot be used: ${problem}.`,
    where: where.filter(Boolean).join(" → "),
    cause,
  });
}
