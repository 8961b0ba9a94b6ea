import { execFile } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTemporaryFolder } from "codex-core/testing";

/** What was done to a file or folder; paths are relative to the trace's root. */
export type FileOperation =
  | { readonly op: "mkdir" | "create" | "truncate" | "unlink" | "rmdir"; readonly path: string }
  | { readonly op: "write"; readonly path: string; readonly position: number; readonly data: string }
  | { readonly op: "rename"; readonly from: string; readonly to: string }
  | { readonly op: "syncBegin" | "syncEnd"; readonly path: string; readonly id: string };

/** What the program that was recorded told: facts of its own. */
export type Mark<Facts> = { readonly op: "mark" } & Facts;

export type TraceEntry<Facts> = FileOperation | Mark<Facts>;

/** Runs a program of this folder and gives what its threads did to the files below `root`, with its marks between. */
export async function recordTrace<Facts>(program: string, root: string): Promise<readonly TraceEntry<Facts>[]> {
  const traceFile = join(await createTemporaryFolder(), "trace.ndjson");
  const loader = new URL("../typescript.mjs", import.meta.url).href;
  const recorder = new URL("./record-files.mjs", import.meta.url).href;
  const script = fileURLToPath(new URL(program, import.meta.url));
  await promisify(execFile)(process.execPath, ["--import", loader, "--import", recorder, script], {
    env: { ...process.env, CODEX_TEST_TRACE_ROOT: root, CODEX_TEST_TRACE_FILE: traceFile },
  });
  const lines = readFileSync(traceFile, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as TraceEntry<Facts>);
}

/** Called by a program that is recorded: what is so between the operations before and those after. */
export function markTrace(facts: object): void {
  appendFileSync(process.env.CODEX_TEST_TRACE_FILE!, `${JSON.stringify({ op: "mark", ...facts })}\n`);
}
