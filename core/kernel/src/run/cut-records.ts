import { appendFile, readFile } from "node:fs/promises";
import type { Json } from "../contracts/json.js";
import { parseNdjson } from "./ndjson-file.js";
import { writeFileWhole } from "./write-file.js";

type Row = Record<string, Json>;

/**
 * Removes the records past a step from a file of rows, and lines that a crash cut; rows without a number are no records
 * and stay. The records go to `…superseded.ndjson` beside it: the run may yet fail to go on.
 *
 * @returns the rows that were cut
 */
export async function cutRecords(path: string, step: number): Promise<readonly Row[]> {
  const text = await readIfThere(path);
  if (text === undefined) return [];
  const rows = parseNdjson(text);
  const isKept = (row: Row) => typeof row.seq !== "number" || (typeof row.step === "number" && row.step <= step);
  const kept = toLines(rows.filter(isKept));
  const cut = rows.filter((row) => !isKept(row));
  if (cut.length > 0) await appendFile(supersededPath(path), toLines(cut));
  if (kept !== text) await writeFileWhole(path, kept);
  return cut;
}

/** Where the records go that are cut from a file. */
function supersededPath(path: string): string {
  return path.replace(/\.ndjson$/, ".superseded.ndjson");
}

/**
 * The highest sequence number in record files and of what was cut from them, 0 when there is none. No record gets the
 * number of a cut one: trackers would take it for that, and the run may have been killed before it wrote another.
 */
export async function lastSequence(paths: readonly string[]): Promise<number> {
  let last = 0;
  for (const path of paths.flatMap((each) => [each, supersededPath(each)])) {
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
