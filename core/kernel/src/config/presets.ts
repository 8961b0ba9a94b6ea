import { readdir, stat } from "node:fs/promises";
import { basename, extname, isAbsolute, join, resolve } from "node:path";
import { configErrors } from "../errors/config-errors.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import { nearestName } from "../plugins/nearest-name.js";
import { quoteArgument } from "../text/quote-argument.js";

/** A folder that presets are looked up in. */
export interface PresetFolder {
  /** Absolute path. */
  readonly folder: string;
  /** The package that ships it; absent for the project's own. */
  readonly packageName?: string;
}

/** A preset or group that was found. */
export interface PresetFile extends Pick<PresetFolder, "packageName"> {
  /** `quickstart`, `model/gpt-nano`, or a path as it was given. */
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
}

const endings = [".yaml", ".yml"];
const safeName = /^[\w@+-][\w.@+-]*(?:\/[\w@+-][\w.@+-]*)*$/;

/** Where a project keeps its presets. */
export function presetFolder(projectFolder: string): string {
  return join(projectFolder, "configs");
}

/** Where presets are looked up: the project's own folder first, then what the packages that it can use ship. */
export function presetFolders(projectFolder: string, catalogue: PluginCatalogue): readonly PresetFolder[] {
  const shipped = catalogue.entries.flatMap(({ packageName, presets }) =>
    presets === undefined ? [] : [{ folder: presets, packageName }],
  );
  return [{ folder: presetFolder(projectFolder) }, ...shipped];
}

/** Whether a preset is named by a path and not by its name below configs/. */
export function isPresetPath(name: string): boolean {
  return isAbsolute(name) || /^\.\.?[\\/]/.test(name) || endings.includes(extname(name));
}

/**
 * The file of a preset: `NAME` below the project's configs/, else the one that a package ships, or a path.
 *
 * @param askedBy who names it, for the error
 * @param workingFolder where paths start
 * @throws CODEX_CONFIG_PRESET_NOT_FOUND, CODEX_CONFIG_PRESET_AMBIGUOUS
 */
export async function findPreset(
  folders: readonly PresetFolder[],
  name: string,
  { askedBy, workingFolder = "." }: { readonly askedBy?: string; readonly workingFolder?: string } = {},
): Promise<PresetFile> {
  if (isPresetPath(name)) {
    const file = resolve(workingFolder, name);
    if (await isFile(file)) return { name, file };
  } else if (safeName.test(name)) {
    const found = await filesOf(folders, name);
    const [first, ...others] = found;
    if (first && (first.packageName === undefined || others.length === 0)) return first;
    if (first) throw ambiguous(name, found, askedBy);
  }
  const known = [...new Set((await listPresets(folders)).map((preset) => preset.name))];
  const near = nearestPreset(name, known);
  const same = known.filter(
    (other) => other.split("/").slice(0, -1).join("/") === name.split("/").slice(0, -1).join("/"),
  );
  const searched = folders.map(({ folder }) => folder).join(", ");
  throw configErrors.CODEX_CONFIG_PRESET_NOT_FOUND({
    what: `There is no preset "${name}".${near ? ` Did you mean "${near}"?` : ""}`,
    where: askedBy ?? searched,
    why: same.length > 0 ? `There are: ${same.join(", ")}.` : `None of that kind is in ${searched}.`,
    fix: near ? `Write ${near}. \`npx codex config list\` lists all presets.` : undefined,
  });
}

/** The name that may be meant by one that no preset has. */
export function nearestPreset(name: string, known: readonly string[]): string | undefined {
  const kin = name.includes("/") ? known.filter((other) => other.includes("/")) : known;
  return nearestName(name, kin) ?? known.find((other) => basename(other) === basename(name));
}

/** All presets and groups, sorted by name. What a package ships under a name of the project's own is left out. */
export async function listPresets(folders: readonly PresetFolder[]): Promise<readonly PresetFile[]> {
  const names = new Set((await Promise.all(folders.map(({ folder }) => presetNames(folder)))).flat());
  const found = await Promise.all(
    [...names].sort().map(async (name) => {
      const files = await filesOf(folders, name);
      return files[0]?.packageName === undefined ? files.slice(0, 1) : files;
    }),
  );
  return found.flat();
}

/** The names of all presets and groups below a folder, sorted. */
export async function presetNames(folder: string, depth = 4): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && depth > 1) {
      const inner = await presetNames(join(folder, entry.name), depth - 1);
      names.push(...inner.map((name) => `${entry.name}/${name}`));
    } else if (endings.includes(extname(entry.name))) {
      names.push(basename(entry.name, extname(entry.name)));
    }
  }
  return names.sort();
}

/** The files of one name, in the order of the folders. */
async function filesOf(folders: readonly PresetFolder[], name: string): Promise<readonly PresetFile[]> {
  const found: PresetFile[] = [];
  for (const { folder, packageName } of folders) {
    for (const ending of endings) {
      const file = join(folder, ...name.split("/")) + ending;
      if (!(await isFile(file))) continue;
      found.push(packageName === undefined ? { name, file } : { name, file, packageName });
      break;
    }
  }
  return found;
}

function ambiguous(name: string, found: readonly PresetFile[], askedBy: string | undefined): Error {
  return configErrors.CODEX_CONFIG_PRESET_AMBIGUOUS({
    what: `Several packages ship a preset "${name}": ${found.map(({ packageName }) => packageName).join(", ")}.`,
    where: askedBy ?? found.map(({ file }) => file).join(", "),
    fix: `Copy the one that you mean into the project: cp ${quoteArgument(found[0]!.file)} configs/${name}.yaml`,
  });
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
