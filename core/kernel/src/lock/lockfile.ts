import { readFile } from "node:fs/promises";
import type { Json, JsonObject, Named } from "../contracts/json.js";
import { lockErrors } from "../errors/lock-errors.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** The format that is written now, and the newest that is read. */
export const lockFormatVersion = 1;

/** A plugin as a run used it. */
export interface LockedPlugin {
  readonly version: string;
  /** `sha256-…` over the package's files; `memory` for a definition that the program handed over. */
  readonly integrity: string;
  /** Its parts in the run only look on: another version changes no number. */
  readonly observes?: true;
}

/** All that a run's numbers depend on, as `lock.json` keeps it. Digests are SHA-256, hex. */
export interface Lockfile {
  readonly formatVersion: number;
  readonly runId: string;
  readonly config: {
    /** Digest of `values`. */
    readonly numbers: string;
    /** Digest of the keys that only observe. */
    readonly observing: string;
    /** The keys that can change numbers, by dotted path; secrets left out. */
    readonly values: Named<Json>;
  };
  readonly plugins: Named<LockedPlugin>;
  /** Fingerprint of the batch source; absent where the run has none. */
  readonly data?: string;
  /** Fingerprint of the tokenizer. */
  readonly tokenizer?: string;
  readonly compute?: {
    /** Its kind: `cpu`, `webgpu`, `cuda`. */
    readonly device: string;
    /** For information: bits are promised across devices of one kind and instruction set. */
    readonly deviceName: string;
    /** The library that computes, with its version. */
    readonly runtime: string;
    readonly instructionSet: string;
    /** For information: it changes no bit. */
    readonly threads: number;
  };
  readonly node: string;
  readonly platform: string;
  /** Digest of environment.json without its run id and command. */
  readonly environment: string;
}

/**
 * Reads a lock.json; undefined when there is none.
 *
 * @throws CODEX_LOCK_INVALID, CODEX_LOCK_NEWER_FORMAT
 */
export async function readLockfile(path: string): Promise<Lockfile | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw lockErrors.CODEX_LOCK_INVALID({
      what: `lock.json cannot be read: ${(error as Error).message}`,
      where: path,
      cause: error,
    });
  }
  return parseLockfile(text, path);
}

/** @throws CODEX_LOCK_INVALID, CODEX_LOCK_NEWER_FORMAT */
export function parseLockfile(text: string, path: string): Lockfile {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw lockErrors.CODEX_LOCK_INVALID({ what: "lock.json is not JSON.", where: path, cause });
  }
  const version = isJsonObject(raw) ? raw.formatVersion : undefined;
  if (typeof version === "number" && version > lockFormatVersion) {
    throw lockErrors.CODEX_LOCK_NEWER_FORMAT({
      what: `lock.json has format ${version}; this version reads up to ${lockFormatVersion}.`,
      where: path,
    });
  }
  if (!isJsonObject(raw) || !isLockfile(raw)) {
    throw lockErrors.CODEX_LOCK_INVALID({ what: "lock.json lacks what a lock has to say.", where: path });
  }
  return raw as unknown as Lockfile;
}

function isLockfile({ formatVersion, runId, config, plugins, compute, ...rest }: JsonObject): boolean {
  const { data, tokenizer, node, platform, environment } = rest;
  return (
    formatVersion === lockFormatVersion &&
    isJsonObject(config) &&
    isJsonObject(config.values) &&
    isJsonObject(plugins) &&
    Object.values(plugins).every((plugin) => isJsonObject(plugin) && areTexts(plugin.version, plugin.integrity)) &&
    (compute === undefined ||
      (isJsonObject(compute) &&
        areTexts(compute.device, compute.deviceName, compute.runtime, compute.instructionSet))) &&
    [data, tokenizer].every((digest) => digest === undefined || typeof digest === "string") &&
    areTexts(runId, config.numbers, config.observing, node, platform, environment)
  );
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === "string");
}
