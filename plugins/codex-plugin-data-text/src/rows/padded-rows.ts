import { damaged } from "../prepared/checked-file.js";
import { type DocumentPieces, firstPlace } from "./document-pieces.js";
import type { AddEntries, RowIndex } from "./row-index.js";
import { fixedRows, type RowStream } from "./row-stream.js";
import type { Tokens } from "./windows.js";

const shortest = 8;

/** The lengths that padded rows have: contextLength, its half, its fourth, its eighth; none below 8 but the longest. */
export function paddedLengths(contextLength: number): readonly number[] {
  const lengths = [8, 4, 2].map((part) => Math.floor(contextLength / part)).filter((length) => length >= shortest);
  return [...lengths, contextLength];
}

/** Says of each piece, under the smallest of the lengths that holds it, where it is. */
export async function indexPaddedRows(
  pieces: DocumentPieces,
  lengths: readonly number[],
  add: AddEntries,
): Promise<void> {
  for await (const group of pieces.from(firstPlace)) {
    let shorter = 0;
    for (const length of lengths) {
      const fitting = group.filter(({ tokens }) => tokens - 1 > shorter && tokens - 1 <= length);
      await add(
        length,
        fitting.flatMap(({ start, tokens }) => [start, tokens]),
      );
      shorter = length;
    }
  }
}

/** Rows of one piece each, by an index of them: place of the first token, tokens. */
export function paddedStream(tokens: Tokens, index: RowIndex, length: number, seed?: number): RowStream {
  const read = async (row: number) => {
    const [start, count] = await index.read(row);
    if (count < 2 || count > length + 1) throw damaged(index.path, `its row ${row} has ${count} tokens`);
    return [await tokens.read(start, count)];
  };
  return fixedRows(index.rowCount, read, seed);
}
