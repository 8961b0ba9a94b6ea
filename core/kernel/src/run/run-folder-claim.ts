import { readdir, readFile, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../contracts/json.js";
import { isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { isFolder, makeFolder } from "./make-folder.js";
import { RunLock } from "./run-lock.js";

export interface ClaimSettings {
  /** Absolute path. */
  readonly folder: string;
  /** For a new run; a run that goes on keeps its own. */
  readonly runId: string;
  /** What is not resumed must not exist yet. */
  readonly mode: "new" | "resume" | "resumeElseNew";
  /** Whether the run goes on from a checkpoint of this folder, under its own id. */
  readonly goesOn: boolean;
}

/** A run's folder that is locked for this process, with nothing in it changed yet. */
export class RunFolderClaim {
  private constructor(
    readonly path: string,
    readonly runId: string,
    /** What run.json says of the run that was here before. */
    readonly earlier: JsonObject | undefined,
    readonly goesOn: boolean,
    readonly lock: RunLock,
    /** The folder was not there before. */
    readonly isNew: boolean,
  ) {}

  /** @throws CODEX_RUN_FOLDER_LIVE, CODEX_RUN_FOLDER_OCCUPIED, CODEX_RUN_FOLDER_FAILED */
  static async take({ folder, runId, mode, goesOn }: ClaimSettings): Promise<RunFolderClaim> {
    let lock: RunLock | undefined;
    try {
      const isNew = !(await isFolder(folder));
      if (isNew && (await stat(folder).catch(() => undefined))) throw occupied(folder, "is no folder");
      await makeFolder(folder);
      lock = await RunLock.acquire(folder);
      const earlier = await readRecord(join(folder, "run.json"));
      if (earlier && mode === "new") {
        const what = `${folder} holds the run ${earlier.runId ?? ""} already.`;
        throw runErrors.CODEX_RUN_FOLDER_OCCUPIED({ what, where: folder });
      }
      if (!earlier && !goesOn) await checkFree(folder);
      const kept = goesOn && typeof earlier?.runId === "string" ? earlier.runId : runId;
      return new RunFolderClaim(folder, kept, earlier, goesOn, lock, isNew);
    } catch (error) {
      await lock?.release();
      throw isCodexError(error) ? error : folderFailure(folder, error);
    }
  }

  /** Gives up the folder: as it was before, and gone if this claim made it. */
  async release(): Promise<void> {
    await this.lock.release();
    if (this.isNew && (await readdir(this.path).catch(() => [".."])).length === 0) await rmdir(this.path);
  }
}

/**
 * A folder that holds anything but what a run leaves that was killed as it began, and hidden files, is somebody's own.
 *
 * @throws CODEX_RUN_FOLDER_OCCUPIED
 */
async function checkFree(folder: string): Promise<void> {
  const names = await readdir(folder);
  const isBegun = async (name: string) =>
    /^run\.json\.\d+\.tmp$/.test(name) || (name === "checkpoints" && (await readdir(join(folder, name))).length === 0);
  const others: string[] = [];
  for (const name of names) if (!name.startsWith(".") && !(await isBegun(name))) others.push(name);
  if (others.length === 0) return;
  const shown = others.slice(0, 3).join(", ");
  throw occupied(folder, `holds ${shown}${others.length > 3 ? ` and ${others.length - 3} more` : ""}, and no run`);
}

function occupied(folder: string, but: string): Error {
  return runErrors.CODEX_RUN_FOLDER_OCCUPIED({
    what: `${folder} ${but}.`,
    where: folder,
    why: "A run writes files such as config.yaml and metrics.ndjson into its folder, in place of what is there.",
    fix: "Name a folder that is empty, or not there yet.",
  });
}

/** Says that a run's folder, or a file in it, cannot be used. */
export function folderFailure(path: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return runErrors.CODEX_RUN_FOLDER_FAILED({ what: `${path} cannot be used: ${reason}`, where: path, cause: error });
}

async function readRecord(path: string): Promise<JsonObject | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof record === "object" && record !== null ? (record as JsonObject) : {};
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : {};
  }
}
