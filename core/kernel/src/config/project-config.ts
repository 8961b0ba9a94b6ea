import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { cosmiconfig } from "cosmiconfig";
import type { PluginDefinition } from "../contracts/plugin.js";
import { isCodexError } from "../errors/codex-error.js";
import { configErrors } from "../errors/config-errors.js";
import * as codexCore from "../index.js";
import { isPluginDefinition } from "../plugins/collect-providers.js";
import type { ConfigNode, MapNode } from "./config-tree.js";
import { locateConfig } from "./locate-config.js";
import { readConfigFile, shownPath } from "./read-config-file.js";
import { readYaml } from "./read-yaml.js";
import { requireMap } from "./require-map.js";
import { treeOfValue } from "./tree-of-value.js";

/** A project's own config, and the plugins that it names. */
export interface LoadedProjectConfig {
  /** Absolute path; absent when the project has none. */
  readonly file?: string;
  /** For discovery: folders, packages and definitions. */
  readonly plugins: readonly (string | PluginDefinition)[];
  readonly tree?: MapNode;
}

/** What a loader hands through cosmiconfig: a tree from YAML and JSON, a value from code. */
type Loaded = { readonly tree: ConfigNode } | { readonly value: unknown };

/**
 * Reads the codex.config file of a project. TypeScript and JavaScript are run: they are the project's own program.
 *
 * @throws CODEX_CONFIG_CODE_FAILED, CODEX_CONFIG_PLUGINS_NOT_CODE, CODEX_CONFIG_WRONG_VALUE and the errors of reading
 */
export async function readProjectConfig(projectFolder: string): Promise<LoadedProjectConfig> {
  const file = locateConfig(projectFolder);
  if (file === undefined) return { plugins: [] };
  const shown = shownPath(projectFolder, file);
  const origin = { kind: "file", file: shown } as const;
  const readTree = async (path: string): Promise<Loaded> => ({
    tree: readYaml(await readConfigFile(path, shown), origin),
  });
  const runCode = (path: string): Promise<Loaded> => importConfig(path, shown);
  const loaders = { ".ts": runCode, ".js": runCode, ".mjs": runCode, ".json": readTree, ".yaml": readTree };
  await readConfigFile(file, shown);
  const loaded = (await load(file, loaders, shown)) ?? { tree: { content: new Map(), origin } };
  if ("value" in loaded) {
    const { plugins, config } = splitPlugins(loaded.value, shown);
    return { file, plugins, tree: requireMap(treeOfValue(config, origin), shown) };
  }
  const tree = requireMap(loaded.tree, shown);
  if (tree.content.has("plugins")) {
    throw configErrors.CODEX_CONFIG_PLUGINS_NOT_CODE({ what: `${shown} names plugins.`, where: `${shown} → plugins` });
  }
  return { file, plugins: [], tree };
}

async function load(
  file: string,
  loaders: { readonly [ending: string]: (path: string) => Promise<Loaded> },
  shown: string,
): Promise<Loaded | undefined> {
  try {
    return (await cosmiconfig("codex", { cache: false, loaders: { ...loaders } }).load(file))?.config;
  } catch (error) {
    if (isCodexError(error)) throw error;
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw configErrors.CODEX_CONFIG_UNREADABLE({
      what: `${shown} cannot be loaded: ${reason}`,
      where: file,
      why: "cosmiconfig, which loads it, first reads settings of its own from package.json and .config/config.*.",
      cause: error,
    });
  }
}

async function importConfig(path: string, shown: string): Promise<Loaded> {
  try {
    const { createJiti } = await import("jiti");
    const jiti = createJiti(path, {
      moduleCache: false,
      fsCache: compileCache(path),
      virtualModules: { "codex-core": codexCore },
    });
    return { value: await jiti.import(path, { default: true }) };
  } catch (error) {
    if (isCodexError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw configErrors.CODEX_CONFIG_CODE_FAILED({
      what: `${shown} failed: ${reason}`,
      where: placeInStack(error, path) ?? shown,
      cause: error,
    });
  }
}

/** Where compiled TypeScript is kept: with the project's packages, because a folder that all users share could be forged. */
function compileCache(path: string): string | false {
  const modules = join(dirname(path), "node_modules");
  return existsSync(modules) ? join(modules, ".cache", "codex") : false;
}

/** The line of the config's own code in an error's stack. */
function placeInStack(error: unknown, path: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const at = stack.indexOf(`${path}:`);
  return at < 0 ? undefined : stack.slice(at).match(/^.*?:\d+(?::\d+)?/)?.[0];
}

function splitPlugins(value: unknown, shown: string): { plugins: LoadedProjectConfig["plugins"]; config: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { plugins: [], config: value };
  const { plugins = [], ...config } = value as { plugins?: unknown };
  const isList = Array.isArray(plugins);
  if (isList && plugins.every((item) => typeof item === "string" || isPluginDefinition(item))) {
    return { plugins, config };
  }
  throw configErrors.CODEX_CONFIG_WRONG_VALUE({
    what: "`plugins` is no list of folders, packages and plugin definitions.",
    where: `${shown} → plugins`,
    fix: `Write \`plugins: ["./my-plugin"]\`; a folder is relative to ${dirname(shown) === "." ? "the project" : dirname(shown)}.`,
  });
}
