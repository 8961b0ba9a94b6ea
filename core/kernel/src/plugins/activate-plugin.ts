import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PluginDefinition } from "../contracts/plugin.js";
import type { CodexError } from "../errors/codex-error.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { collectProviders, isPluginDefinition, type ProvidedFactory } from "./collect-providers.js";
import type { PluginEntry } from "./plugin-entry.js";
import { readJsonFile } from "./read-json-file.js";
import { resolveEntry } from "./resolve-entry.js";
import { withTimeLimit } from "./time-limit.js";

/**
 * Loads the code of an enabled plugin, ESM or CommonJS, and collects what it provides.
 *
 * @throws the entry's own problem, CODEX_PLUGIN_IMPORT_FAILED, CODEX_PLUGIN_PEER_MISSING, CODEX_PLUGIN_NOT_A_PLUGIN,
 *   CODEX_PLUGIN_REGISTER_FAILED, CODEX_PLUGIN_MANIFEST_MISMATCH
 */
export async function activatePlugin(entry: PluginEntry, limitMs: number): Promise<readonly ProvidedFactory[]> {
  if (entry.problem) throw entry.problem;
  if (entry.definition) return collectProviders(entry.definition, entry.packageName);
  const definition = definitionOf(await load(entry, limitMs));
  const provided = collectProviders(definition, entry.packageName);
  await checkName(entry, (definition as PluginDefinition).name);
  checkManifest(entry, provided);
  return provided;
}

async function load(entry: PluginEntry, limitMs: number): Promise<unknown> {
  let file = join(entry.folder, "package.json");
  try {
    file = await resolveEntry(entry.folder, await readJsonFile(file));
    return await withTimeLimit(importModule(file), limitMs, () => new Error(`its code did not load in ${limitMs} ms`));
  } catch (error) {
    throw importFailure(entry, file, error);
  }
}

async function importModule(file: string): Promise<unknown> {
  if (!/\.[cm]?ts$/.test(file)) return import(pathToFileURL(file).href);
  const { createJiti } = await import("jiti");
  // Nothing compiled is kept: it would lie in a folder that all users share, and could be forged.
  return createJiti(import.meta.url, { fsCache: false }).import(file);
}

/** The default export; a CommonJS module that was compiled from ESM has it one level deeper. */
function definitionOf(module: unknown): unknown {
  let value = module;
  for (let depth = 0; depth < 3 && !isPluginDefinition(value); depth++) {
    value = typeof value === "object" && value !== null ? (value as { default?: unknown }).default : undefined;
  }
  return value;
}

function importFailure(entry: PluginEntry, file: string, error: unknown): CodexError {
  const reason = error instanceof Error ? error.message : String(error);
  const missing = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(reason)?.[1];
  if (missing && !missing.startsWith("file:")) {
    return pluginErrors.CODEX_PLUGIN_PEER_MISSING({
      what: `${entry.packageName} imports ${missing}, which is not installed beside it.`,
      where: file,
      fix: `npm install ${missing}`,
      cause: error,
    });
  }
  return pluginErrors.CODEX_PLUGIN_IMPORT_FAILED({
    what: `${entry.packageName}@${entry.version} cannot be loaded: ${reason}`,
    where: file,
    cause: error,
  });
}

/** A plugin goes by one name: its package's, which configs and locks hold. A project's own folder may have none. */
async function checkName({ packageName, version, folder }: PluginEntry, name: string): Promise<void> {
  const file = join(folder, "package.json");
  if (name === packageName || (await readJsonFile(file)).name === undefined) return;
  throw pluginErrors.CODEX_PLUGIN_MANIFEST_MISMATCH({
    what: `${packageName}@${version} calls itself ${name === undefined ? "nothing" : `"${name}"`} in \`definePlugin\`.`,
    where: `${file} → name`,
    why: "A plugin's name is its package's.",
    fix: `Write definePlugin({ name: "${packageName}", … }).`,
  });
}

function checkManifest(entry: PluginEntry, provided: readonly ProvidedFactory[]): void {
  const inCode = new Set(provided.map(({ point, type }) => `${point.key} ${type}`));
  const inManifest = new Set(
    Object.entries(entry.provides).flatMap(([point, types]) => Object.keys(types).map((type) => `${point} ${type}`)),
  );
  const onlyCode = [...inCode].filter((each) => !inManifest.has(each));
  const onlyManifest = [...inManifest].filter((each) => !inCode.has(each));
  if (onlyCode.length + onlyManifest.length === 0) return;
  const parts = [
    ...(onlyCode.length > 0 ? [`only the code provides ${onlyCode.join(", ")}`] : []),
    ...(onlyManifest.length > 0 ? [`only the manifest names ${onlyManifest.join(", ")}`] : []),
  ];
  throw pluginErrors.CODEX_PLUGIN_MANIFEST_MISMATCH({
    what: `${entry.packageName}@${entry.version} does not provide what its manifest says: ${parts.join("; ")}.`,
    where: join(entry.folder, "package.json → codex.provides"),
    fix: `Add what is missing to "provides", with its "schema", or to \`register\` of ${entry.packageName}; or remove it from the other.`,
  });
}
