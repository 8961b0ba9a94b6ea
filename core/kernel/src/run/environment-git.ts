import { execFile, spawn } from "node:child_process";
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../contracts/json.js";

const limitMs = 2000;
const maxBytes = 64 << 20;
const maxFiles = 2000;
// No program that the repository's own config names runs, and the index is not written.
const guard = ["-c", "core.fsmonitor=false", "-c", "core.quotePath=true"];
const environment = { ...process.env, GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };

/**
 * Commit, branch, whether anything is uncommitted, and a digest of that: SHA-256 over the differences to the commit
 * and over names and contents of untracked files below the folder, ignored ones and `runs/` left out. `null` as digest
 * where there is more than 64 MB or 2000 files of it, or no answer in time. Undefined without git or repository.
 */
export async function readGit(folder: string): Promise<JsonObject | undefined> {
  const commit = await git(folder, "rev-parse", "HEAD");
  if (commit === undefined) return undefined;
  const [branch, changes, untracked] = await Promise.all([
    git(folder, "rev-parse", "--abbrev-ref", "HEAD"),
    git(folder, "status", "--porcelain", "--untracked-files=no"),
    git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".", ":(exclude)runs"),
  ]);
  const base = { commit: commit.trim(), ...(branch ? { branch: branch.trim() } : {}) };
  if (changes === undefined || untracked === undefined) return base;
  const names = untracked.split("\0").filter((name) => name !== "");
  if (changes === "" && names.length === 0) return { ...base, dirty: false };
  return { ...base, dirty: changes !== "", untracked: names.length, uncommitted: await digestOf(folder, names) };
}

async function digestOf(folder: string, names: readonly string[]): Promise<string | null> {
  if (names.length > maxFiles) return null;
  const bounded = new BoundedHash(AbortSignal.timeout(limitMs));
  try {
    await hashDifferences(folder, bounded);
    for (const name of [...names].sort()) await hashFile(folder, name, bounded);
    return bounded.hash.digest("hex");
  } catch {
    return null;
  }
}

/** A digest that gives up after so many bytes or so much time. */
class BoundedHash {
  readonly hash: Hash = createHash("sha256");
  #bytes = 0;

  constructor(readonly signal: AbortSignal) {}

  update(part: Buffer | string): void {
    this.#bytes += part.length;
    if (this.#bytes > maxBytes) throw new RangeError("More is uncommitted than is digested.");
    this.signal.throwIfAborted();
    this.hash.update(part);
  }
}

async function hashDifferences(folder: string, bounded: BoundedHash): Promise<void> {
  const words = [...guard, "diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv"];
  const child = spawn("git", words, {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
    signal: bounded.signal,
    windowsHide: true,
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error("git diff failed"))));
  });
  ended.catch(() => undefined);
  try {
    for await (const part of child.stdout) bounded.update(part as Buffer);
  } finally {
    if (child.exitCode === null) child.stdout.destroy();
  }
  await ended;
}

/** Name, kind and contents; what is no regular file counts by its name alone. */
async function hashFile(folder: string, name: string, bounded: BoundedHash): Promise<void> {
  const path = join(folder, name);
  const found = await lstat(path).catch(() => undefined);
  bounded.update(`\0${name}\0${found?.isFile() ? found.size : "-"}\0`);
  if (!found?.isFile()) return;
  if (found.size > maxBytes) throw new RangeError("More is uncommitted than is digested.");
  for await (const part of createReadStream(path, { signal: bounded.signal })) bounded.update(part as Buffer);
}

/** What git answers; undefined when there is no git, no repository, or no answer in two seconds. */
function git(folder: string, ...words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: environment, timeout: limitMs, maxBuffer: 16 << 20, windowsHide: true };
    execFile("git", [...guard, ...words], options, (error, output) => resolve(error ? undefined : output));
  });
}
