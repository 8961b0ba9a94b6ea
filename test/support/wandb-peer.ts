import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { python } from "./interop.js";
import { repositoryRoot } from "./repository.js";

const wandb = join(python, "../wandb");

/** What a stand-in for the W&B server was told of a run. */
export interface UploadedRun {
  /** Variables of the request that made the run. */
  readonly run: { readonly [name: string]: unknown };
  readonly config: { readonly [key: string]: unknown };
  /** Lines of wandb-history.jsonl, numbers that are not finite as text. */
  readonly history: readonly Line[];
  /** Lines of wandb-events.jsonl. */
  readonly events: readonly Line[];
  readonly summary: Line;
  /** Contents of the files by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly outputLog: string;
  readonly complete: boolean | undefined;
  readonly exitCode: number | undefined;
  /** What `wandb sync` printed. */
  readonly printed: string;
}

export interface Line {
  readonly [key: string]: unknown;
}

interface Request {
  readonly call: string;
  readonly path: string;
  readonly body: unknown;
}

/** Uploads a folder of offline runs with the real `wandb sync`, to a server that only records. */
export async function syncToPeer(folder: string): Promise<UploadedRun> {
  const home = mkdtempSync(join(tmpdir(), "codex-wandb-"));
  const port = await freePort();
  const record = join(home, "record.ndjson");
  const program = join(repositoryRoot, "test/interop/peers/wandb_server.py");
  const server = spawn(python, [program, String(port), record], { stdio: "ignore" });
  try {
    await untilServed(port);
    const { stdout, stderr } = spawnSync(wandb, ["sync", "--yes", folder], {
      cwd: home,
      encoding: "utf8",
      env: {
        ...process.env,
        HOME: home,
        WANDB_BASE_URL: `http://127.0.0.1:${port}`,
        WANDB_API_KEY: "a".repeat(40),
        WANDB_ERROR_REPORTING: "false",
      },
    });
    const lines = readFileSync(record, "utf8").trim().split("\n");
    return uploadedRun(
      lines.map((line) => JSON.parse(line) as Request),
      stdout + stderr,
    );
  } finally {
    await stop(server);
    rmSync(home, { recursive: true, force: true });
  }
}

/** What W&B's own viewer reads of a run's file: a line for each record, and what it complains about. */
export function inspect(folder: string): { readonly records: readonly Line[]; readonly stderr: string } {
  const { stdout, stderr } = spawnSync(wandb, ["leet", "inspect", "--json", folder], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { records: stdout.trim().split("\n").map(parse), stderr };
}

function uploadedRun(requests: readonly Request[], printed: string): UploadedRun {
  const files = new Map<string, string>();
  const streams: { [name: string]: string[] } = {};
  let run: Line | undefined;
  let config: Line = {};
  let end: { complete?: boolean; exitcode?: number } = {};
  for (const { call, path, body } of requests) {
    if (path === "/graphql") {
      const { query, variables } = body as { query: string; variables?: Line };
      if (!query.includes("mutation UpsertBucket") || !variables) continue;
      run ??= variables;
      config = configOf(String(variables.config));
    } else if (path.endsWith("/file_stream")) {
      const { files: parts = {}, ...rest } = JSON.parse(String(body)) as Stream;
      for (const [name, { offset, content }] of Object.entries(parts)) {
        streams[name] ??= [];
        const lines = streams[name];
        content.forEach((line, index) => {
          lines[offset + index] = line;
        });
      }
      end = { ...end, ...rest };
    } else if (call === "PUT") files.set(decodeURIComponent(path.slice("/upload/".length)), String(body));
  }
  const linesOf = (name: string) => (streams[name] ?? []).map(parse);
  return {
    run: run ?? {},
    config,
    history: linesOf("wandb-history.jsonl"),
    events: linesOf("wandb-events.jsonl"),
    summary: linesOf("wandb-summary.json")[0] ?? {},
    files,
    outputLog: (streams["output.log"] ?? []).join("\n"),
    complete: end.complete,
    exitCode: end.exitcode,
    printed,
  };
}

interface Stream {
  readonly files?: { readonly [name: string]: { readonly offset: number; readonly content: readonly string[] } };
  readonly complete?: boolean;
  readonly exitcode?: number;
}

/** A config as it was before W&B wrapped each value, without what its client adds. */
function configOf(json: string): Line {
  const { _wandb: _, ...values } = JSON.parse(json) as { [key: string]: { value: unknown } };
  return Object.fromEntries(Object.entries(values).map(([key, { value }]) => [key, value]));
}

/** JSON with bare NaN and infinities, which become text. */
function parse(line: string): Line {
  return JSON.parse(line.replace(/([:[,])(NaN|-?Infinity)(?=[,}\]])/g, '$1"$2"')) as Line;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function untilServed(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/`)
        .then(() => true)
        .catch(() => false)
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the stand-in for the W&B server did not start");
}

async function stop(server: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => server.once("close", resolve));
  server.kill("SIGKILL");
  await ended;
}
