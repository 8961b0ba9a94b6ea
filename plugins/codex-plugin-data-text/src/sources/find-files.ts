import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { findPackage, type OnRead } from "codex-core";
import { glob, isDynamicPattern } from "tinyglobby";
import { textErrors } from "../errors.js";
import { naturalOrder } from "./natural-order.js";

const ownFolder = fileURLToPath(new URL(".", import.meta.url));

/** A file of the corpus. */
export interface FoundFile {
  /** Its path in the project, with forward slashes, or `npm:PACKAGE/PATH`: the same on every machine. */
  readonly id: string;
  /** Absolute path. */
  readonly path: string;
  /** Told how many bytes were read, whenever some were, as they lie on disk. */
  readonly onRead?: OnRead;
  /** The folder of the npm package that it was found in. */
  readonly packageFolder?: string;
  /** The option that says which field or column holds its texts; left out: data.textField. */
  readonly textFieldOption?: string | undefined;
}

export interface SearchSettings {
  readonly projectFolder: string;
  /** Endings of the names that count in a folder. */
  readonly extensions: readonly string[];
  /** What the paths are registered as, for messages. */
  readonly dataset?: string | undefined;
}

/**
 * The files that paths of the data section name: in the order of the paths, naturally sorted within each, every file
 * once. A file that is in `known`, which is by real path, keeps the id that it has there, so that searches which share
 * one mean the same file by the same id.
 *
 * @throws CODEX_DATA_NO_MATCH when a path names no file.
 * @throws CODEX_DATA_PACKAGE_NOT_FOUND and CODEX_DATA_PATH_INVALID for an `npm:` path that cannot be followed.
 */
export async function findFiles(
  paths: readonly string[],
  settings: SearchSettings,
  known = new Map<string, FoundFile>(),
): Promise<FoundFile[]> {
  const found = new Set<FoundFile>();
  for (const path of paths) {
    const files = path.startsWith("npm:") ? await filesOfPackage(path, settings) : await filesOfPath(path, settings);
    for (const file of files) {
      const real = await realpath(file.path);
      const first = known.get(real) ?? file;
      known.set(real, first);
      found.add(first);
    }
  }
  return [...found];
}

async function filesOfPath(path: string, settings: SearchSettings): Promise<FoundFile[]> {
  const matches = await search(path, settings.projectFolder, settings.extensions);
  if (matches.paths.length === 0) throw noMatch(path, matches, settings);
  return matches.paths.map((match) => ({ id: idOf(match, settings.projectFolder), path: match }));
}

async function filesOfPackage(path: string, settings: SearchSettings): Promise<FoundFile[]> {
  const parsed = /^npm:((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)\/(.+)$/i.exec(path);
  if (!parsed || parsed[2]!.split("/").includes("..") || isAbsolute(parsed[2]!)) {
    throw textErrors.CODEX_DATA_PATH_INVALID({
      what: `"${path}" names no files inside an npm package.`,
      where: "data",
    });
  }
  const [, name, inside] = parsed as unknown as [string, string, string];
  const folder = packageFolder(name, settings.projectFolder, path);
  const matches = await search(inside, folder, settings.extensions);
  if (matches.paths.length === 0) throw noMatch(path, matches, settings);
  return matches.paths.map((match) => ({
    id: `npm:${name}/${slashed(relative(folder, match))}`,
    path: match,
    packageFolder: folder,
  }));
}

interface Matches {
  readonly paths: string[];
  readonly searched: string;
  /** Why there are none, if there are none and more is known than that. */
  readonly problem?: string;
}

/** A path that exists is taken as it is, even if its name could be read as a glob. */
async function search(path: string, from: string, extensions: readonly string[]): Promise<Matches> {
  const whole = resolve(from, path);
  const entry = await stat(whole).catch(() => undefined);
  if (entry?.isFile()) return { paths: [whole], searched: whole };
  if (entry?.isDirectory()) {
    const inside = await matchesIn(whole, "**/*", ["**/node_modules/**"]);
    const wanted = inside.filter((match) => extensions.some((extension) => match.endsWith(extension)));
    const problem = `is a folder without a file that ends in ${extensions.join(" or ")}`;
    return { paths: wanted, searched: whole, problem };
  }
  const segments = path.split("/");
  const dynamicAt = segments.findIndex((segment) => isDynamicPattern(segment));
  if (dynamicAt < 0) return { paths: [], searched: whole };
  const folder = dynamicAt === 0 ? from : resolve(from, segments.slice(0, dynamicAt).join("/") || "/");
  const pattern = segments.slice(dynamicAt).join("/");
  return { paths: await matchesIn(folder, pattern, []), searched: join(folder, pattern) };
}

async function matchesIn(folder: string, pattern: string, ignore: string[]): Promise<string[]> {
  const matches = await glob(pattern, { cwd: folder, ignore, onlyFiles: true, expandDirectories: false });
  return matches.sort(naturalOrder).map((match) => join(folder, match));
}

/**
 * The package as the project sees it; else one beside this plugin: pnpm keeps there what a preset of another package
 * brings along, out of the project's sight.
 */
function packageFolder(name: string, projectFolder: string, path: string): string {
  const folder = findPackage(name, [projectFolder, ownFolder]);
  if (folder !== undefined) return folder;
  throw textErrors.CODEX_DATA_PACKAGE_NOT_FOUND({
    what: `The npm package ${name} is not installed; "${path}" asks for its files.`,
    where: `node_modules of ${projectFolder} and of the folders above it`,
    fix: `npm install ${name}`,
  });
}

function idOf(path: string, projectFolder: string): string {
  const inside = relative(projectFolder, path);
  return inside.startsWith("..") || isAbsolute(inside) ? slashed(path) : slashed(inside);
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}

function noMatch(path: string, { searched, problem = "matches no file" }: Matches, { dataset }: SearchSettings): Error {
  const content = { what: `"${path}" ${problem}.`, where: `searched: ${searched}` };
  if (dataset === undefined) return textErrors.CODEX_DATA_NO_MATCH(content);
  return textErrors.CODEX_DATA_NO_MATCH({
    ...content,
    why: `The config asks for ${dataset}; \`codex data list\` says which of its files are gone.`,
    fix: "Restore the files. To read other texts, take the name away: ~data.dataset ~data.fingerprint.",
  });
}
