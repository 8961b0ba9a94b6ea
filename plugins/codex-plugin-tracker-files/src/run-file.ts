import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunDescription, type RunOutcome, writeFileWhole } from "codex-core";

/**
 * Writes `run.json`: what run the files beside it are of, and how it ended, or that it goes on. It is replaced whole.
 *
 * @throws when there is a run.json that is none of this tracker's, and what the system answers
 */
export async function writeRunFile(folder: string, run: RunDescription, outcome?: RunOutcome): Promise<void> {
  const path = join(folder, "run.json");
  const text = `${JSON.stringify(describe(run, outcome), undefined, 2)}\n`;
  const earlier = await readFile(path, "utf8").catch(() => undefined);
  // Nothing to do needs no space on the disk.
  if (earlier === text) return;
  if (earlier !== undefined && !isRunFile(earlier)) {
    throw new Error("run.json is there already and was not written by this tracker");
  }
  await writeFileWhole(path, text);
}

function describe(run: RunDescription, outcome?: RunOutcome) {
  const { runId, segment, name, project, parent, tags, config, startedAtMs } = run;
  const end = outcome && { endedAt: isoTime(outcome.endedAtMs), error: outcome.error };
  const status = outcome?.status ?? "running";
  return {
    tracker: "files",
    runId,
    segment,
    name,
    project,
    parent,
    tags,
    config,
    startedAt: isoTime(startedAtMs),
    status,
    ...end,
  };
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function isRunFile(text: string): boolean {
  try {
    return (JSON.parse(text) as { tracker?: unknown } | null)?.tracker === "files";
  } catch {
    return false;
  }
}
