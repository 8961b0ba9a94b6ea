import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { PluginDefinition } from "../contracts/plugin.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { PluginCatalogue } from "./catalogue.js";
import { entryOfDefinition } from "./entry-of-definition.js";
import { foldersUpwards } from "./folders-upwards.js";
import type { PluginEntry } from "./plugin-entry.js";
import { readManifest } from "./read-manifest.js";

export interface DiscoverySettings {
  /** Where the search starts; never the kernel's own folder. */
  readonly projectFolder: string;
  /** Folders or packages (relative to the project) and definitions in memory; they go before what is installed. */
  readonly extra?: readonly (string | PluginDefinition)[];
}

/** `codex-plugin-NAME` and the umbrella `codex-plugins`. */
const pluginName = /^codex-plugin(?:s$|s?-.+)/;

/**
 * Finds the plugins that a project can use: every `node_modules` from the project's folder upwards, links followed;
 * what umbrella packages include, resolved from the umbrella's real folder; and what the caller names. Only manifests
 * are read. A package of the same name that is nearer wins, as for `import`.
 *
 * @throws CODEX_PLUGIN_YARN_PNP when there are no folders to search
 */
export async function discoverPlugins(settings: DiscoverySettings): Promise<PluginCatalogue> {
  const projectFolder = resolve(settings.projectFolder);
  const search = new Search();
  for (const extra of settings.extra ?? []) {
    if (typeof extra !== "string") search.add(await entryOfDefinition(extra));
    else await search.addFolder(await locateExtra(projectFolder, extra), extra);
  }
  for (const modules of await moduleFolders(projectFolder)) {
    search.searched.push(modules);
    for (const name of await pluginNames(modules)) await search.addFolder(join(modules, name), name);
  }
  return new PluginCatalogue(search.entries, search.searched);
}

/** Collects entries, the first of a package's name winning. */
class Search {
  readonly entries: PluginEntry[] = [];
  readonly searched: string[] = [];
  readonly #seenFolders = new Set<string>();

  add(entry: PluginEntry): boolean {
    if (this.entries.some((other) => other.packageName === entry.packageName)) return false;
    this.entries.push(entry);
    return true;
  }

  async addFolder(path: string, name: string): Promise<void> {
    const folder = await realpath(path).catch(() => undefined);
    if (folder === undefined || !(await isFile(join(folder, "package.json")))) {
      const problem = pluginErrors.CODEX_PLUGIN_NOT_FOUND({
        what: `There is no plugin package at ${path}.`,
        where: path,
      });
      this.add({ packageName: name, version: "", folder: path, api: "", provides: {}, includes: [], problem });
      return;
    }
    if (this.#seenFolders.has(folder)) return;
    this.#seenFolders.add(folder);
    const entry = await readManifest(folder, name);
    const position = this.entries.length;
    if (!this.add(entry)) return;
    for (const included of entry.includes) await this.#include(entry, position, included);
  }

  async #include(umbrella: PluginEntry, position: number, name: string): Promise<void> {
    for (const above of foldersUpwards(umbrella.folder)) {
      const folder = join(above, "node_modules", name);
      if (await isFile(join(folder, "package.json"))) return this.addFolder(folder, name);
    }
    if (this.entries.some((entry) => entry.packageName === name)) return;
    const problem = pluginErrors.CODEX_PLUGIN_INCLUDE_MISSING({
      what: `${umbrella.packageName} includes ${name}, which is not installed.`,
      where: join(umbrella.folder, "package.json"),
      fix: `npm install ${name}`,
    });
    this.entries[position] = { ...umbrella, problem: this.entries[position]?.problem ?? problem };
  }
}

/** A path that starts with `.` or is absolute is a folder; anything else is tried as a folder, then as a package. */
async function locateExtra(projectFolder: string, extra: string): Promise<string> {
  const folder = resolve(projectFolder, extra);
  if (extra.startsWith(".") || (await isFile(join(folder, "package.json")))) return folder;
  for (const above of foldersUpwards(projectFolder)) {
    const candidate = join(above, "node_modules", extra);
    if (await isFile(join(candidate, "package.json"))) return candidate;
  }
  return folder;
}

async function moduleFolders(projectFolder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of foldersUpwards(projectFolder)) {
    if (basename(folder) === "node_modules") continue;
    const modules = join(folder, "node_modules");
    if (await isFolder(modules)) found.push(modules);
    else if (found.length === 0) await refusePlugAndPlay(folder);
  }
  return found;
}

async function refusePlugAndPlay(folder: string): Promise<void> {
  for (const name of [".pnp.cjs", ".pnp.js"]) {
    const file = join(folder, name);
    if (!(await isFile(file))) continue;
    throw pluginErrors.CODEX_PLUGIN_YARN_PNP({ what: "Plugins cannot be found under Yarn Plug'n'Play.", where: file });
  }
}

async function pluginNames(modules: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const name of await readdir(modules)) {
    if (pluginName.test(name)) names.push(name);
    if (!name.startsWith("@")) continue;
    const scoped = await readdir(join(modules, name)).catch(() => []);
    names.push(...scoped.filter((inner) => pluginName.test(inner)).map((inner) => `${name}/${inner}`));
  }
  return names.sort();
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
