import { readdir, readFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { parse } from "yaml";
import type { CheckpointStore, LoadedCheckpoint, LoadOptions } from "../contracts/checkpoint-store.js";
import type { Json, JsonObject } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { isFolder } from "./make-folder.js";
import { describeError } from "./run-folder.js";
import type { SafeObserver } from "./safe-observer.js";

/**
 * The checkpoint that a path means: a checkpoint's own folder, or the newest that loads of a run's folder or of its
 * `checkpoints`.
 *
 * @throws CODEX_RUN_RESUME_NOT_FOUND, and what loading throws
 */
export async function loadCheckpoint(
  store: CheckpointStore,
  path: string,
  told: PassedOver,
  options?: LoadOptions,
): Promise<LoadedCheckpoint> {
  for (const folder of [join(path, "checkpoints"), path]) {
    const { loaded, failure } = await loadNewest(store, folder, told, options);
    if (loaded) return loaded;
    if (failure) throw failure;
  }
  if (await isFolder(join(path, "checkpoints"))) {
    throw runErrors.CODEX_RUN_RESUME_NOT_FOUND({ what: `The run ${path} has no checkpoint yet.`, where: path });
  }
  return store.load(path, options);
}

/** Who is told of a checkpoint that is passed over. */
export interface PassedOver {
  readonly log: Logger;
  readonly observer: SafeObserver;
}

/** The newest checkpoint of a run's folder that loads; what does not load is told of. Undefined when none does. */
export async function loadLatest(
  store: CheckpointStore,
  runFolder: string,
  told: PassedOver,
): Promise<LoadedCheckpoint | undefined> {
  return (await loadNewest(store, join(runFolder, "checkpoints"), told)).loaded;
}

async function loadNewest(
  store: CheckpointStore,
  folder: string,
  { log, observer }: PassedOver,
  options?: LoadOptions,
): Promise<{ readonly loaded?: LoadedCheckpoint; readonly failure?: CodexError }> {
  let failure: CodexError | undefined;
  const newestFirst = [...(await store.list(folder))].reverse();
  for (const [index, { path }] of newestFirst.entries()) {
    try {
      return { loaded: await store.load(path, options) };
    } catch (error) {
      if (!isCodexError(error)) throw error;
      failure ??= error;
      const next = index + 1 < newestFirst.length ? "an older one is tried" : "there is no older one";
      log.warn(`a checkpoint cannot be loaded; ${next}`, { path, error: describeError(error) });
      observer.notify("warning", `${path} cannot be loaded (${error.code}: ${error.what}); ${next}.`);
    }
  }
  return failure ? { failure } : {};
}

/** The folder of a run's newest checkpoint, found by name before there is a store to ask. */
export async function newestCheckpointFolder(path: string): Promise<string | undefined> {
  for (const folder of [join(path, "checkpoints"), path]) {
    const names = await readdir(folder).catch(() => []);
    const steps = names.filter((name) => /^step-\d+$/.test(name));
    const newest = steps.sort((left, right) => Number(left.slice(5)) - Number(right.slice(5))).at(-1);
    if (newest !== undefined) return join(folder, newest);
  }
  return undefined;
}

/** Whether a checkpoint lies in a run's folder. */
export function liesIn(checkpointPath: string, runFolder: string): boolean {
  const inside = relative(resolve(runFolder), resolve(checkpointPath));
  return inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
}

/** The config that a checkpoint carries; undefined when it carries none that can be read. */
export async function readCheckpointConfig(checkpointPath: string): Promise<JsonObject | undefined> {
  try {
    const config: unknown = parse(await readFile(join(checkpointPath, "config.yaml"), "utf8"), { maxAliasCount: 100 });
    return isJsonObject(config) ? config : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Folders of a checkpoint from which parts can be re-created: the tokenizer's, where the config asks for its type.
 *
 * @throws CODEX_RUN_RESUME_NOT_FOUND when the checkpoint was removed since it was loaded
 */
export async function restorableParts(
  checkpointPath: string,
  config: JsonObject,
): Promise<{ [label: string]: string }> {
  if (!(await isFolder(checkpointPath))) {
    const what = `The checkpoint ${checkpointPath} was removed while it was read.`;
    throw runErrors.CODEX_RUN_RESUME_NOT_FOUND({ what, where: checkpointPath });
  }
  const folder = join(checkpointPath, "tokenizer");
  if (!(await isFolder(folder))) return {};
  const saved = typeOf((await readCheckpointConfig(checkpointPath))?.tokenizer);
  return saved === undefined || saved === typeOf(config.tokenizer) ? { tokenizer: folder } : {};
}

function typeOf(section: Json | undefined): string | undefined {
  if (!isJsonObject(section) || typeof section.type !== "string") return undefined;
  return section.type.slice(section.type.lastIndexOf("#") + 1);
}
