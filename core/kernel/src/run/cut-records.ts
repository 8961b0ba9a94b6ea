import { appendFile } from "node:fs/promises";
import { parseRow, type Row } from "./ndjson-file.js";
import { linesOf, rowsOf } from "./run-rows.js";
import { writeFileWhole } from "./write-file.js";

/**
 * Removes the records past a step from a file of rows, and lines that a crash cut; rows without a number are no records
 * and stay. The records go to `…superseded.ndjson` beside it: the run may yet fail to go on. A long run's file is larger
 * than a text can be, so it is read in pieces.
 */
export async function cutRecords(path: string, step: number): Promise<void> {
  const isKept = (row: Row | undefined) =>
    row !== undefined && (typeof row.seq !== "number" || (typeof row.step === "number" && row.step <= step));
  if (await areAllLines(path, (line) => isKept(parseRow(line)))) return;
  await writeFileWhole(path, keptLines());

  async function* keptLines(): AsyncGenerator<string, void, void> {
    for await (const lines of linesOf(path)) {
      const rows = lines.map(parseRow);
      const cut = lines.filter((_, index) => rows[index] && !isKept(rows[index]));
      if (cut.length > 0) await appendFile(supersededPath(path), toText(cut));
      yield toText(lines.filter((_, index) => isKept(rows[index])));
    }
  }
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
    for await (const { seq } of rowsOf(path)) {
      if (typeof seq === "number") last = Math.max(last, seq);
    }
  }
  return last;
}

async function areAllLines(path: string, isRight: (line: string) => boolean): Promise<boolean> {
  for await (const lines of linesOf(path)) if (!lines.every(isRight)) return false;
  return true;
}

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
