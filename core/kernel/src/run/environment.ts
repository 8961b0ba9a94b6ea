import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, platform, release, totalmem } from "node:os";
import type { Json, JsonObject, Named } from "../contracts/json.js";

/** What surrounds a run: git, machine, node, versions of packages. */
export async function readEnvironment(
  projectFolder: string,
  runId: string,
  packages: Named<string>,
): Promise<JsonObject> {
  const processors = cpus();
  const git = await readGit(projectFolder);
  return {
    runId,
    ...(git ? { git } : {}),
    platform: `${platform()} ${arch()}`,
    system: release(),
    cpu: { name: processors[0]?.model.trim() ?? "unknown", count: processors.length },
    memoryBytes: totalmem(),
    node: process.version,
    packages: { "codex-core": kernelVersion(), ...packages },
  };
}

/** The version of codex-core that runs. */
export function kernelVersion(): string {
  const manifest: { version?: Json } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof manifest.version === "string" ? manifest.version : "unknown";
}

async function readGit(folder: string): Promise<JsonObject | undefined> {
  const [commit, branch, changes] = await Promise.all([
    git(folder, "rev-parse", "HEAD"),
    git(folder, "rev-parse", "--abbrev-ref", "HEAD"),
    git(folder, "status", "--porcelain", "--untracked-files=no"),
  ]);
  if (commit === undefined) return undefined;
  return { commit, ...(branch ? { branch } : {}), ...(changes === undefined ? {} : { dirty: changes !== "" }) };
}

/** What git answers; undefined when there is no git, no repository, or no answer in two seconds. */
function git(folder: string, ...command: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: 2000, maxBuffer: 16 << 20, windowsHide: true };
    execFile("git", [...command], options, (error, output) => resolve(error ? undefined : output.trim()));
  });
}
