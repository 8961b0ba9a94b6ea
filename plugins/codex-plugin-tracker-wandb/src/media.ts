import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { jsonText } from "./json-text.js";

export type Cell = string | number | boolean | null;

/** A file of the run, and what stands in the history for it. */
export interface MediaFile {
  /** Below the run's `files/`, with `/`. */
  readonly path: string;
  readonly json: string;
}

/** W&B's charts take at most so many bins. */
const maxBins = 512;

/** A histogram, its bins joined where they are too many. */
export function histogramJson(edges: readonly number[], counts: readonly number[]): string {
  const joined = Math.max(1, Math.ceil(counts.length / maxBins));
  const bins = edges.filter((_, index) => index % joined === 0 || index === edges.length - 1);
  const values = Array.from({ length: Math.ceil(counts.length / joined) }, (_, index) =>
    counts.slice(index * joined, (index + 1) * joined).reduce((sum, count) => sum + count, 0),
  );
  return `{"_type":"histogram","values":[${values.map(jsonText)}],"bins":[${bins.map(jsonText)}]}`;
}

/** Writes a table as a file of the run's. */
export async function writeTable(
  folder: string,
  key: string,
  step: number,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<MediaFile> {
  const data = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" && !Number.isFinite(cell) ? `${cell}` : cell)),
  );
  const content = Buffer.from(JSON.stringify({ columns, data }));
  const file = await writeMedia(folder, "table", key, step, content, "table.json");
  return withJson(file, { _type: "table-file", ...file, nrows: rows.length, ncols: columns.length });
}

/** The rows of a table that `writeTable` wrote; none when its file is gone. */
export async function readTableRows(folder: string, json: string): Promise<readonly (readonly Cell[])[]> {
  try {
    const { path } = JSON.parse(json) as { path: string };
    return (JSON.parse(await readFile(join(folder, path), "utf8")) as { data: Cell[][] }).data;
  } catch {
    return [];
  }
}

/** Copies a PNG picture to the run's files; undefined when it is gone or is none. */
export async function writeImage(
  folder: string,
  key: string,
  step: number,
  source: string,
): Promise<MediaFile | undefined> {
  const content = await readFile(source).catch(() => undefined);
  if (content === undefined || content.length < 24 || content.toString("latin1", 1, 4) !== "PNG") return undefined;
  const file = await writeMedia(folder, "images", key, step, content, "png");
  const size = { width: content.readUInt32BE(16), height: content.readUInt32BE(20) };
  return withJson(file, { _type: "image-file", ...file, format: "png", ...size });
}

async function writeMedia(folder: string, kind: string, key: string, step: number, content: Buffer, ending: string) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const name = `${key.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 100)}_${step}_${sha256.slice(0, 20)}.${ending}`;
  const path = `media/${kind}/${name}`;
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
  return { path, sha256, size: content.length };
}

function withJson({ path }: { path: string }, json: object): MediaFile {
  return { path, json: JSON.stringify(json) };
}
