import { readdir, stat } from "node:fs/promises";
import { basename, extname, isAbsolute, join, resolve } from "node:path";
import { configErrors } from "../errors/config-errors.js";
import { nearestName } from "../plugins/nearest-name.js";

/** A preset or group that was found. */
export interface PresetFile {
  /** `quickstart`, `model/gpt-nano`, or a path as it was given. */
  readonly name: string;
  readonly file: string;
}

const endings = [".yaml", ".yml"];
const safeName = /^[\w@+-][\w.@+-]*(?:\/[\w@+-][\w.@+-]*)*$/;

/** Where a project keeps its presets. */
export function presetFolder(projectFolder: string): string {
  return join(projectFolder, "configs");
}

/** Whether a preset is named by a path and not by its name below configs/. */
export function isPresetPath(name: string): boolean {
  return isAbsolute(name) || /^\.\.?[\\/]/.test(name) || endings.includes(extname(name));
}

/**
 * The file of a preset: `NAME` below the project's configs/, or a path.
 *
 * @param askedBy who names it, for the error
 * @throws CODEX_CONFIG_PRESET_NOT_FOUND
 */
export async function findPreset(
  projectFolder: string,
  name: string,
  { askedBy, workingFolder = projectFolder }: { readonly askedBy?: string; readonly workingFolder?: string } = {},
): Promise<PresetFile> {
  if (isPresetPath(name)) {
    const file = resolve(workingFolder, name);
    if (await isFile(file)) return { name, file };
  } else if (safeName.test(name)) {
    for (const ending of endings) {
      const file = join(presetFolder(projectFolder), ...name.split("/")) + ending;
      if (await isFile(file)) return { name, file };
    }
  }
  const folder = presetFolder(projectFolder);
  const known = await presetNames(folder);
  const kin = name.includes("/") ? known.filter((other) => other.includes("/")) : known;
  const near = nearestName(name, kin) ?? known.find((other) => basename(other) === basename(name));
  const same = known.filter(
    (other) => other.split("/").slice(0, -1).join("/") === name.split("/").slice(0, -1).join("/"),
  );
  throw configErrors.CODEX_CONFIG_PRESET_NOT_FOUND({
    what: `There is no preset "${name}".${near ? ` Did you mean "${near}"?` : ""}`,
    where: askedBy ?? folder,
    why: same.length > 0 ? `There are: ${same.join(", ")}.` : `${folder} has none of that kind.`,
    fix: near ? `Write ${near}.` : undefined,
  });
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

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
