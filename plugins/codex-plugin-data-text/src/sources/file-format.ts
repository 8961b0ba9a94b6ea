import type { FoundFile } from "./find-files.js";

/** How a file holds its documents. */
export type FileFormat = "text" | "jsonl" | "csv" | "tsv" | "parquet";

/** How a file as a whole is compressed. */
export type Compression = "gzip" | "zstd";

const formats: { readonly [ending: string]: FileFormat } = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  csv: "csv",
  tsv: "tsv",
  parquet: "parquet",
};

/** Why a compressed file may hold malformed text, for a message: rows are read before the file's end tells of damage. */
export function damageHint(file: FoundFile): { readonly why?: string } {
  const compression = compressionOf(file);
  if (compression === undefined) return {};
  return { why: `It may be damage of the compressed file, which \`${compression} -t\` tests.` };
}

/** What a file's name says of its format, whether or not it ends in `.gz` or `.zst`. */
export function formatOf(file: FoundFile): FileFormat {
  const [, ending] = /\.([a-z]+)(?:\.gz|\.zst)?$/i.exec(file.path) ?? [];
  return formats[ending?.toLowerCase() ?? ""] ?? "text";
}

/** What a file's name says of its compression. */
export function compressionOf(file: FoundFile): Compression | undefined {
  const [, ending] = /\.(gz|zst)$/i.exec(file.path) ?? [];
  if (ending === undefined) return undefined;
  return ending.toLowerCase() === "gz" ? "gzip" : "zstd";
}
