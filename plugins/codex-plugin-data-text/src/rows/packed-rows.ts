import { type DocumentPieces, firstPlace, type Piece } from "./document-pieces.js";
import type { AddEntries, RowIndex } from "./row-index.js";
import { fixedRows, type RowStream } from "./row-stream.js";
import type { Tokens } from "./windows.js";

/** Documents that a look ahead for one row reads the starts of at once. */
const lookAhead = 64;

/**
 * Rows that hold as many pieces, in order, as fit: a piece that does not fit any more begins the next row. Of each group of
 * pieces come the rows that end in it.
 */
async function* packedRows(
  groups: AsyncIterable<readonly Piece[]>,
  contextLength: number,
): AsyncGenerator<readonly (readonly Piece[])[]> {
  let row: Piece[] = [];
  let inputs = 0;
  for await (const pieces of groups) {
    const rows: Piece[][] = [];
    for (const piece of pieces) {
      if (inputs + piece.tokens - 1 > contextLength) {
        rows.push(row);
        row = [];
        inputs = 0;
      }
      row.push(piece);
      inputs += piece.tokens - 1;
    }
    if (rows.length > 0) yield rows;
  }
  if (row.length > 0) yield [row];
}

/** Says of each packed row where it begins. */
export async function indexPackedRows(pieces: DocumentPieces, contextLength: number, add: AddEntries): Promise<void> {
  for await (const rows of packedRows(pieces.from(firstPlace), contextLength)) {
    await add(
      contextLength,
      rows.flatMap(([first]) => (first ? [first.document, first.start] : [])),
    );
  }
}

/** Rows of whole documents, by an index of where each row begins: document, and place of its first token. */
export function packedStream(
  tokens: Tokens,
  pieces: DocumentPieces,
  index: RowIndex,
  contextLength: number,
  seed?: number,
): RowStream {
  const read = async (row: number) => {
    const [document, start] = await index.read(row);
    const rows = packedRows(pieces.from({ document, start }, lookAhead), contextLength);
    const { value } = await rows.next();
    await rows.return(undefined);
    const [held = []]: readonly (readonly Piece[])[] = value ?? [];
    return Promise.all(held.map((piece) => tokens.read(piece.start, piece.tokens)));
  };
  return fixedRows(index.rowCount, read, seed);
}
