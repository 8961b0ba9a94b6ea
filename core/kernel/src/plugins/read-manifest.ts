import { isAbsolute, join, relative, resolve } from "node:path";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import type { Json, JsonObject } from "../contracts/json.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { kernelApiVersion } from "./kernel-api.js";
import { findPeerProblem } from "./peers.js";
import type { PluginEntry, ProvidedType } from "./plugin-entry.js";
import { isJsonObject, readJsonFile } from "./read-json-file.js";

/** Names under which nothing may be registered: they would reach an object's prototype. */
const forbiddenNames = new Set(["__proto__", "constructor", "prototype"]);

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
    if (!isJsonObject(codex)) throw wrong(file, `${entry.packageName} has no \`codex\` manifest in its package.json.`);
    entry = { ...entry, api: text(codex.api) ?? "", includes: readIncludes(file, codex.includes) };
    const { provides, problem } = await readProvides(folder, file, codex.provides);
    entry = { ...entry, provides };
    const found = apiProblem(entry, file) ?? problem ?? (await findPeerProblem(folder, manifest));
    return found ? { ...entry, problem: found } : entry;
  } catch (error) {
    const problem = isCodexError(error) ? error : wrong(file, `${fallbackName} cannot be read.`, error);
    return { ...entry, problem };
  }
}

function apiProblem(entry: PluginEntry, file: string): CodexError | undefined {
  if (validRange(entry.api) === null || entry.api === "") {
    const said = entry.api === "" ? "says no API range" : `says "${entry.api}", which is no semver range`;
    return wrong(`${file} → codex.api`, `The manifest of ${entry.packageName} ${said}.`);
  }
  if (satisfies(kernelApiVersion, entry.api)) return undefined;
  return pluginErrors.CODEX_PLUGIN_API_RANGE({
    what: `${entry.packageName}@${entry.version} works with API ${entry.api}; this kernel has API ${kernelApiVersion}.`,
    where: `${file} → codex.api`,
  });
}

function readIncludes(file: string, value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as readonly string[];
  throw wrong(`${file} → codex.includes`, "`includes` is not a list of package names.");
}

type Provides = PluginEntry["provides"];

/** All types whose schemas can be read, and the first problem with the others. */
async function readProvides(
  folder: string,
  file: string,
  value: Json | undefined,
): Promise<{ provides: Provides; problem?: CodexError }> {
  const provides: Record<string, Record<string, ProvidedType>> = {};
  if (value === undefined) return { provides };
  const where = `${file} → codex.provides`;
  if (!isJsonObject(value)) return { provides, problem: wrong(where, "`provides` is not an object.") };
  let problem: CodexError | undefined;
  for (const [point, types] of Object.entries(value)) {
    if (forbiddenNames.has(point) || !isJsonObject(types)) {
      problem ??= wrong(`${where}.${point}`, `\`${point}\` does not hold an object of types.`);
      continue;
    }
    const read: Record<string, ProvidedType> = {};
    provides[point] = read;
    for (const [type, description] of Object.entries(types)) {
      try {
        if (forbiddenNames.has(type)) throw wrong(`${where}.${point}`, `"${type}" cannot be the name of a type.`);
        const at = `${where}.${point}.${type}`;
        const schema = await readSchema(folder, at, description);
        const installer = installerFile(folder, at, description);
        read[type] = installer === undefined ? { schema } : { schema, installer };
      } catch (error) {
        if (!forbiddenNames.has(type)) read[type] = { schema: {} };
        problem ??= isCodexError(error) ? error : wrong(where, `${point} ${type} cannot be read.`, error);
      }
    }
  }
  return problem ? { provides, problem } : { provides };
}

async function readSchema(folder: string, where: string, description: Json): Promise<JsonObject> {
  const path = isJsonObject(description) ? text(description.schema) : undefined;
  if (path === undefined) throw wrong(`${where}.schema`, "`schema` does not name the file of an option schema.");
  const file = fileInside(folder, path);
  if (!file) throw wrong(`${where}.schema`, `The option schema ${path} lies outside the package.`);
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
    throw wrong(file, `${file} cannot be used: ${reason}.`, error);
  }
}

function wrong(where: string, what: string, cause?: unknown): CodexError {
  return pluginErrors.CODEX_PLUGIN_MANIFEST({ what, where, cause });
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
