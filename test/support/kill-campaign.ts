import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./run-command.js";
import { digestOf, isOfTraining, withoutClocks } from "./tiny-run.js";

const codex = fileURLToPath(new URL("../../core/kernel/bin/codex.js", import.meta.url));
const project = fileURLToPath(new URL("../..", import.meta.url));
const killModule = new URL("./kill-at.mjs", import.meta.url).href;
const lastStep = 8;

/** What a run leaves behind that has to be the same after any kill. */
export interface RunEndState {
  readonly model: string;
  readonly optimizer: string;
  readonly metrics: string;
}

/** When a process is killed: before a write of one of its threads, or after some time. */
export type KillMoment =
  | { readonly kind: "write"; readonly thread: "main" | "thread"; readonly at: number }
  | { readonly kind: "time"; readonly ms: number };

/** A tiny training with all that has a state, killed at chosen moments and resumed until it is done. */
export class KillCampaign {
  constructor(readonly folder: string) {}

  /** Trains without a kill. Gives the end state, how many writes each thread does, and how long it takes. */
  async uninterrupted(): Promise<{
    readonly end: RunEndState;
    readonly writes: { readonly main: number; readonly thread: number };
    readonly tookMs: number;
  }> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, "text.txt"), seededText());
    const countFile = join(this.folder, "writes.txt");
    const startedAt = performance.now();
    const exit = await this.train("whole", { CODEX_TEST_COUNT_FILE: countFile });
    if (exit.code !== 0) throw new Error(`The uninterrupted run failed: ${exit.output}`);
    const tookMs = performance.now() - startedAt;
    const lines = (await readFile(countFile, "utf8")).split("\n");
    const writes = {
      main: lines.filter((line) => line === "main").length,
      thread: lines.filter((line) => line === "thread").length,
    };
    return { end: await this.endState("whole"), writes, tookMs };
  }

  /** Kills a run at a moment, resumes it until it is done, and gives its end state and what went wrong on the way. */
  async killed(name: string, moment: KillMoment): Promise<{ readonly end?: RunEndState; readonly problem?: string }> {
    await rm(join(this.folder, name), { recursive: true, force: true });
    const env = moment.kind === "write" ? { CODEX_TEST_KILL_AT: `${moment.thread}:${moment.at}` } : {};
    const first = await this.train(name, env, moment.kind === "time" ? moment.ms : undefined);
    const reported = await this.lastReported(name);
    const kept = await this.lastComplete(name);
    if (reported > kept) return { problem: `step ${reported} was reported saved, the newest is ${kept}` };
    if (first.code !== 0) {
      const second = await runCommand(project, this.words(name));
      if (second.code !== 0) return { problem: `the resumed run failed: ${second.stderr}` };
    }
    return { end: await this.endState(name) };
  }

  /** The words of the command. */
  private words(name: string): readonly string[] {
    const out = join(this.folder, name);
    const command = ["train", "--config", "quickstart", "--quiet"];
    const options = ["--output-dir", join(out, "run"), "--resume-from", "latest"];
    const overrides = [
      `data.paths=[${JSON.stringify(join(this.folder, "text.txt"))}]`,
      `run.cacheDir=${JSON.stringify(join(out, "cache"))}`,
      "data.split=tails",
      "model.layerCount=1",
      "model.headCount=2",
      "model.embedDim=16",
      "model.contextLength=16",
      "model.dropout=0.1",
      `trainer.maxSteps=${lastStep}`,
      "trainer.microBatch=2",
      "trainer.gradAccumSteps=2",
      "trainer.evalEvery=4",
      "trainer.evalBatches=2",
      "checkpoint.every=2",
      "schedule.warmupSteps=2",
    ];
    return [...command, ...options, ...overrides];
  }

  private train(name: string, env: NodeJS.ProcessEnv, timeout = 120_000) {
    return new Promise<{ code: number | null; output: string }>((resolve) => {
      const words = ["--import", killModule, codex, ...this.words(name)];
      const settings = { cwd: project, env: { ...process.env, ...env }, timeout, killSignal: "SIGKILL" } as const;
      const child = execFile(process.execPath, words, settings, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, output: `${stdout}${stderr}` }),
      );
    });
  }

  private async endState(name: string): Promise<RunEndState> {
    const run = join(this.folder, name, "run");
    const checkpoint = join(run, "checkpoints", `step-${String(lastStep).padStart(8, "0")}`);
    const rows = await rowsOf(join(run, "metrics.ndjson"));
    const numbers = rows.filter(isOfTraining).map((row) => JSON.stringify(withoutClocks(row)));
    return {
      model: digestOf(join(checkpoint, "model.safetensors")),
      optimizer: digestOf(join(checkpoint, "optimizer.safetensors")),
      metrics: numbers.join("\n"),
    };
  }

  /** The newest step that the run told of as saved; 0 for none. */
  private async lastReported(name: string): Promise<number> {
    const events = await rowsOf(join(this.folder, name, "run", "events.ndjson"));
    return Math.max(0, ...events.flatMap(({ event, step }) => (event === "checkpoint" ? [Number(step)] : [])));
  }

  /** The newest step whose checkpoint has a manifest; 0 for none. */
  private async lastComplete(name: string): Promise<number> {
    const folder = join(this.folder, name, "run", "checkpoints");
    const steps = [0];
    for (const entry of await readdir(folder).catch(() => [])) {
      const manifest = await readFile(join(folder, entry, "manifest.json")).catch(() => undefined);
      if (/^step-\d+$/.test(entry) && manifest) steps.push(Number(entry.slice(5)));
    }
    return Math.max(...steps);
  }
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

/** Words in an order that a small linear congruence gives. */
function seededText(): string {
  let state = 1;
  const words = ["whale", "sea", "ship", "captain", "harpoon", "wind", "sail", "deep"];
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return words[(state >>> 16) % words.length];
  };
  return Array.from({ length: 400 }, (_, index) => (index % 12 === 11 ? `${next()}.\n` : `${next()} `)).join("");
}

/** A few moments in the midst of a run: between saves, while one is made, and by its thread. */
export function fewMoments(writes: { readonly main: number; readonly thread: number }): readonly KillMoment[] {
  return [
    { kind: "write", thread: "main", at: Math.ceil(writes.main / 3) },
    { kind: "write", thread: "main", at: Math.ceil((writes.main * 5) / 6) },
    { kind: "write", thread: "thread", at: Math.ceil(writes.thread / 2) },
  ];
}

/** `count` moments spread evenly over the writes of both threads and over the time that a run takes. */
export function spreadMoments(
  count: number,
  writes: { readonly main: number; readonly thread: number },
  tookMs: number,
): readonly KillMoment[] {
  const timed = Math.floor(count / 5);
  const threaded = Math.min(writes.thread, Math.floor(count / 3));
  const main = count - timed - threaded;
  const spread = (number: number, length: number) =>
    Array.from({ length: number }, (_, index) => 1 + Math.floor((index * length) / number));
  return [
    ...spread(main, writes.main).map((at) => ({ kind: "write", thread: "main", at }) as const),
    ...spread(threaded, writes.thread).map((at) => ({ kind: "write", thread: "thread", at }) as const),
    ...spread(timed, Math.ceil(tookMs)).map((ms) => ({ kind: "time", ms: Math.max(50, ms) }) as const),
  ];
}
