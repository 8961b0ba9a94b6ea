import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { computeTensorflowErrors } from "../errors.js";
import type { Recipe } from "./recipe.js";
import { runTool, type ToolSettings } from "./run-tool.js";

const tags = [
  ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"],
  ...["--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_17_x86_64"],
];

/**
 * Downloads the Python package that holds TensorFlow's libraries, unless it is there already, and compares its digest.
 *
 * @returns its path
 * @throws CODEX_TENSORFLOW_DOWNLOAD, CODEX_TENSORFLOW_DIGEST; a file with another digest is removed
 */
export async function fetchWheel(folder: string, recipe: Recipe, settings: ToolSettings): Promise<string> {
  const { project, file, sha256 } = recipe.wheel;
  const path = join(folder, file);
  if (existsSync(path) && (await digestOf(path)) === sha256) return path;
  await rm(path, { force: true });
  const what = [...["--no-deps", "--only-binary=:all:", "-d", folder], `${project}==${recipe.tensorflowVersion}`];
  await download("python3", ["-m", "pip", "download", ...tags, ...what], settings, project);
  const found = existsSync(path) ? await digestOf(path) : undefined;
  if (found === sha256) return path;
  await rm(path, { force: true });
  throw computeTensorflowErrors.CODEX_TENSORFLOW_DIGEST({
    what: found ? `${file} has the SHA-256 digest ${found}, not ${sha256}.` : `${file} was not downloaded.`,
    where: path,
  });
}

/** Runs a package manager. @throws CODEX_TENSORFLOW_DOWNLOAD when it fails */
export async function download(
  command: string,
  args: readonly string[],
  settings: ToolSettings,
  what: string,
): Promise<void> {
  const { status, reason } = await runTool(command, args, settings);
  if (status === 0) return;
  throw computeTensorflowErrors.CODEX_TENSORFLOW_DOWNLOAD({
    what: `${what} could not be downloaded.`,
    where: [command, ...args.slice(0, 3)].join(" "),
    why: reason,
  });
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
