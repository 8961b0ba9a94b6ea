import { stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import type { Json, JsonObject } from "../contracts/json.js";
import { type CodexError, type ErrorContent, isCodexError } from "../errors/codex-error.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { kernelApiVersion } from "./kernel-api.js";
import { nearestName } from "./nearest-name.js";
import { findPeerProblem } from "./peers.js";
import type { PluginEntry, ProvidedType } from "./plugin-entry.js";
import { manifestPoints } from "./points.js";
import { isJsonObject, readJsonFile } from "./read-json-file.js";

/** Names under which nothing may be registered: they would reach an object's prototype. */
const forbiddenNames = new Set(["__proto__", "constructor", "prototype"]);

/** What an author writes who does not know better. */
const range = `^${kernelApiVersion.split(".").slice(0, 2).join(".")}`;
const typeForm = '{ "schema": "./FILE.json" }';
const providesForm = `{ "POINT": { "TYPE": ${typeForm} } }`;

/**
 * Reads a plugin's package.json by path (its `exports` cannot hide it) and the option schemas that it names. Runs no
 * code and never throws: what is wrong becomes the entry's `problem`.
 *
 * @param folder real path of the package
 * @param fallbackName what to call the package when its package.json cannot be read
 */
export async function readManifest(folder: string, fallbackName: string): Promise<PluginEntry> {
  const file = join(folder, "package.json");
  let entry: PluginEntry = { packageName: fallbackName, version: "", folder, api: "", provides: {}, includes: [] };
  try {
    const manifest = await readPart(file, () => readJsonFile(file));
    const codex = manifest.codex;
    entry = { ...entry, packageName: text(manifest.name) ?? fallbackName, version: text(manifest.version) ?? "" };
    if (!isJsonObject(codex)) {
      const fix = `Add "codex": { "api": "${range}", "provides": ${providesForm} } to ${file}.`;
      throw wrong(file, `${entry.packageName} has no \`codex\` manifest in its package.json.`, { fix });
    }
    entry = { ...entry, api: text(codex.api) ?? "", includes: readIncludes(file, codex.includes) };
    entry = { ...entry, ...(await readPresets(folder, file, codex.presets)) };
    const { provides, problem } = await readProvides(entry, file, codex.provides);
    entry = { ...entry, provides };
    const found = apiProblem(entry, file) ?? problem ?? (await findPeerProblem(folder, manifest));
    return found ? { ...entry, problem: found } : entry;
  } catch (error) {
    const problem = isCodexError(error) ? error : wrong(file, `${fallbackName} cannot be read.`, { cause: error });
    return { ...entry, problem };
  }
}

function apiProblem(entry: PluginEntry, file: string): CodexError | undefined {
  const { api, packageName } = entry;
  const where = `${file} → codex.api`;
  if (api === "") {
    const fix = `Add "api": "${range}" to "codex" in ${file}.`;
    return wrong(where, `The manifest of ${packageName} says no API range.`, { fix });
  }
  if (validRange(api) === null) {
    const fix = `Write "api": "${range}" in "codex" of ${file}.`;
    return wrong(where, `The manifest of ${packageName} says "${api}", which is no semver range.`, { fix });
  }
  if (satisfies(kernelApiVersion, api)) return undefined;
  return pluginErrors.CODEX_PLUGIN_API_RANGE({
    what: `${packageName}@${entry.version} works with API ${api}; this kernel has API ${kernelApiVersion}.`,
    where,
    fix: `Install a version of ${packageName}, or of codex-core, that fits. If it is yours and works: "api": "${range}".`,
  });
}

function readIncludes(file: string, value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as readonly string[];
  throw wrong(`${file} → codex.includes`, "`includes` is not a list of package names.", {
    fix: `Write "includes": ["PACKAGE"] in "codex" of ${file}, or leave it out.`,
  });
}

async function readPresets(
  folder: string,
  file: string,
  value: Json | undefined,
): Promise<Pick<PluginEntry, "presets">> {
  if (value === undefined) return {};
  const path = text(value);
  const presets = path === undefined ? undefined : fileInside(folder, path);
  if (presets !== undefined && (await stat(presets).catch(() => undefined))?.isDirectory()) return { presets };
  throw wrong(`${file} → codex.presets`, "`presets` names no folder inside the package.", {
    fix: `Write "presets": "./FOLDER" in "codex" of ${file}, with a folder that is packed, or leave it out.`,
  });
}

type Provides = PluginEntry["provides"];

/** All types whose schemas can be read, and the first problem with the others. */
async function readProvides(
  { folder, packageName }: PluginEntry,
  file: string,
  value: Json | undefined,
): Promise<{ provides: Provides; problem?: CodexError }> {
  const provides: Record<string, Record<string, ProvidedType>> = {};
  if (value === undefined) return { provides };
  const where = `${file} → codex.provides`;
  if (!isJsonObject(value)) {
    const fix = `Write "provides": ${providesForm} in "codex" of ${file}.`;
    return { provides, problem: wrong(where, "`provides` is not an object.", { fix }) };
  }
  let problem: CodexError | undefined;
  for (const [point, types] of Object.entries(value)) {
    if (forbiddenNames.has(point) || !isJsonObject(types)) {
      const fix = `Write "${point}": { "TYPE": ${typeForm} } in "provides" of ${file}.`;
      problem ??= wrong(`${where}.${point}`, `\`${point}\` does not hold an object of types.`, { fix });
      continue;
    }
    if (!manifestPoints.includes(point)) problem ??= unknownPoint(`${where}.${point}`, point, file);
    const read: Record<string, ProvidedType> = {};
    provides[point] = read;
    for (const [type, description] of Object.entries(types)) {
      try {
        if (forbiddenNames.has(type)) throw wrong(`${where}.${point}`, `"${type}" cannot be the name of a type.`);
        const at = `${where}.${point}.${type}`;
        const schema = await readSchema(folder, at, description, `${point} "${type}" of ${packageName}`);
        const installer = installerFile(folder, at, description);
        read[type] = installer === undefined ? { schema } : { schema, installer };
      } catch (error) {
        if (!forbiddenNames.has(type)) read[type] = { schema: {} };
        problem ??= isCodexError(error) ? error : wrong(where, `${point} ${type} cannot be read.`, { cause: error });
      }
    }
  }
  return problem ? { provides, problem } : { provides };
}

function unknownPoint(where: string, point: string, file: string): CodexError {
  const near = nearestName(point, manifestPoints);
  const what = `There is no contribution point "${point}".${near ? ` Did you mean "${near}"?` : ""}`;
  const right = near ? `"${near}"` : `one of ${manifestPoints.join(", ")}`;
  return wrong(where, what, { fix: `Write ${right} instead of "${point}" in ${file}.` });
}

async function readSchema(folder: string, where: string, description: Json, what: string): Promise<JsonObject> {
  const path = isJsonObject(description) ? text(description.schema) : undefined;
  if (path === undefined) {
    const fix = `Write ${typeForm} there in ${join(folder, "package.json")}, also where there are no options.`;
    throw wrong(`${where}.schema`, `The manifest has no option schema for ${what}: \`schema\` names no file.`, { fix });
  }
  const file = fileInside(folder, path);
  if (!file) {
    const fix = `Move it below ${folder}, and name it from there.`;
    throw wrong(`${where}.schema`, `The option schema ${path} lies outside the package.`, { fix });
  }
  return readPart(file, () => readJsonFile(file));
}

function installerFile(folder: string, where: string, description: Json): string | undefined {
  if (!isJsonObject(description) || description.installer === undefined) return undefined;
  const path = text(description.installer);
  if (path === undefined) throw wrong(`${where}.installer`, "`installer` does not name a module.");
  const file = fileInside(folder, path);
  if (!file) throw wrong(`${where}.installer`, `The installer ${path} lies outside the package.`);
  return file;
}

/** A path of a manifest; undefined when it leads out of the package. */
function fileInside(folder: string, path: string): string | undefined {
  const file = resolve(folder, path);
  const inside = relative(folder, file);
  return inside.startsWith("..") || isAbsolute(inside) ? undefined : file;
}

async function readPart<Value>(file: string, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw wrong(file, `${file} cannot be used: ${reason}.`, { cause: error });
  }
}

function wrong(where: string, what: string, more: Pick<ErrorContent, "fix" | "cause"> = {}): CodexError {
  return pluginErrors.CODEX_PLUGIN_MANIFEST({ what, where, ...more });
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
