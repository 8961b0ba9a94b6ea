import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runErrors } from "../errors/run-errors.js";

const beatMs = 15_000;
const staleMs = 60_000;
const takeoverMs = 50;

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Tells a process apart from a later one with the same pid; empty where the system does not tell. */
  readonly processStart: string;
  /** Tells two who take over at the same time apart. */
  readonly token?: string;
}

/**
 * Keeps a run's folder for one process: the file `.lock` in it, touched every 15 s. A lock of a process that is gone
 * is taken over; one from another machine when it was not touched for 60 s.
 */
export class RunLock {
  readonly #timer: NodeJS.Timeout;

  private constructor(
    readonly path: string,
    private readonly token: string | undefined,
  ) {
    const touch = () => utimes(path, new Date(), new Date()).catch(() => undefined);
    this.#timer = setInterval(touch, beatMs).unref();
  }

  /** @throws CODEX_RUN_FOLDER_LIVE */
  static async acquire(folder: string): Promise<RunLock> {
    const path = join(folder, ".lock");
    const owner: LockOwner = {
      pid: process.pid,
      host: hostname(),
      processStart: processStart(process.pid),
      token: randomUUID(),
    };
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await createWhole(path, JSON.stringify(owner));
        if (attempt > 0) await makeSure(path, owner);
        await removeDrafts(folder);
        return new RunLock(path, owner.token);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const found = await findOwner(path);
      if (found === "gone") continue;
      if (found !== "dead") throw live(folder, found);
      await rm(path, { force: true });
    }
    throw live(folder, undefined);
  }

  /** A lock that another took over meanwhile, as from a machine that slept, stays. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    const now = parseOwner(await readFile(this.path, "utf8").catch(() => ""));
    if (now?.token === this.token) await rm(this.path, { force: true });
  }
}

/**
 * Makes a file that nobody sees before it is whole, also when this process is killed meanwhile: it is written under
 * another name and linked. Where there are no hard links, it is written in place.
 *
 * @throws EEXIST
 */
async function createWhole(path: string, content: string): Promise<void> {
  const draft = `${path}-${randomBytes(6).toString("hex")}`;
  await writeFile(draft, content, { flag: "wx" });
  try {
    await link(draft, path);
  } catch (error) {
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await writeFile(path, content, { flag: "wx" });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes drafts of locks that killed processes left: a live one lasts no minute. */
async function removeDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^\.lock-[0-9a-f]{12}$/.test(name)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > staleMs) await rm(path, { force: true });
  }
}

/** After taking a lock over: another who did the same may have removed ours. The last one to write keeps it. */
async function makeSure(path: string, { token }: LockOwner): Promise<void> {
  await sleep(takeoverMs);
  const now = parseOwner(await readFile(path, "utf8").catch(() => ""));
  if (now?.token !== token) throw live(dirname(path), now);
}

/** Who holds a lock; `gone` when it was given back meanwhile: it must not be removed, for it may be another's next. */
async function findOwner(path: string): Promise<LockOwner | "dead" | "gone"> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    const fresh = Date.now() - mtimeMs < staleMs;
    const owner = parseOwner(text);
    if (!owner) return fresh && text === "" ? { pid: 0, host: hostname(), processStart: "" } : "dead";
    if (owner.host !== hostname()) return fresh ? owner : "dead";
    return isAlive(owner) ? owner : "dead";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "gone" : "dead";
  }
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    const { pid, host, processStart, token } = JSON.parse(text) as Partial<LockOwner>;
    return typeof pid === "number" && typeof host === "string"
      ? { pid, host, processStart: processStart ?? "", token }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, processStart: startedThen }: LockOwner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const startsNow = processStart(pid);
  return startsNow === "" || startedThen === "" || startsNow === startedThen;
}

/** When a process began, in the system's own unit; empty where /proc does not tell. */
function processStart(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function live(folder: string, owner: LockOwner | undefined): Error {
  const by = owner ? `process ${owner.pid} on ${owner.host}` : "another process";
  return runErrors.CODEX_RUN_FOLDER_LIVE({ what: `${folder} is used by ${by}.`, where: join(folder, ".lock") });
}
