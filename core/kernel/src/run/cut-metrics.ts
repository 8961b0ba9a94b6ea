import { appendFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseNdjson } from "./ndjson-file.js";
import { writeFileWhole } from "./write-file.js";

/**
 * Removes the metric rows past a step, and lines that a crash cut. The rows go to `metrics.superseded.ndjson`: the run
 * may yet fail to go on.
 */
export async function cutMetrics(path: string, step: number): Promise<void> {
  const text = await readIfThere(path);
  if (text === undefined) return;
  const rows = parseNdjson(text);
  const isKept = (row: (typeof rows)[number]) => typeof row.step === "number" && row.step <= step;
  const kept = toLines(rows.filter(isKept));
  const cut = toLines(rows.filter((row) => !isKept(row)));
  if (cut !== "") await appendFile(join(dirname(path), "metrics.superseded.ndjson"), cut);
  if (kept !== text) await writeFileWhole(path, kept);
}

/** The highest sequence number in record files, 0 when there is none: no record gets the number of a cut one. */
export async function lastSequence(paths: readonly string[]): Promise<number> {
  let last = 0;
  for (const path of paths) {
    for (const row of parseNdjson((await readIfThere(path)) ?? "")) {
      if (typeof row.seq === "number") last = Math.max(last, row.seq);
    }
  }
  return last;
}

function toLines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
