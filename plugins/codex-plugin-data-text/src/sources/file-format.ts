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
