import { join } from "node:path";
import { paddedLengths } from "./padded-rows.js";

/** The folder, in that of prepared data, of all indexes of rows. */
export const rowsFolder = "rows";

/** The lengths of rows that there are an index each of. */
export function indexLengths(kind: "packed" | "padded", contextLength: number): readonly number[] {
  return kind === "packed" ? [contextLength] : paddedLengths(contextLength);
}

/** The folder of the indexes of one split, from that of prepared data. */
export function indexFolder(split: string, kind: "packed" | "padded", contextLength: number): string {
  return join(rowsFolder, `${split}-${kind}-${contextLength}`);
}

/** The lengths that belong into a folder of this name; none for what is no folder of indexes, or not whole yet. */
export function lengthsIn(folderName: string): readonly number[] {
  const [, kind, contextLength] = /-(packed|padded)-([0-9]+)$/.exec(folderName) ?? [];
  return kind === undefined ? [] : indexLengths(kind as "packed" | "padded", Number(contextLength));
}
