import type { DocumentPieces, Piece } from "./document-pieces.js";
import type { RowIndex } from "./row-index.js";
import { fixedRows, type RowStream } from "./row-stream.js";
import type { Tokens } from "./windows.js";

/** Documents that a look ahead for one row reads the starts of at once. */
const lookAhead = 64;

/** Rows that hold as many pieces, in order, as fit: a piece that does not fit any more begins the next row. */
export async function* packedRows(pieces: AsyncIterable<Piece>, contextLength: number): AsyncGenerator<Piece[]> {
  let row: Piece[] = [];
  let inputs = 0;
  for await (const piece of pieces) {
    if (inputs + piece.tokens - 1 > contextLength) {
      yield row;
      row = [];
      inputs = 0;
    }
    row.push(piece);
    inputs += piece.tokens - 1;
  }
  if (row.length > 0) yield row;
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
    const { value = [] } = await rows.next();
    await rows.return(undefined);
    return Promise.all((value as Piece[]).map((piece) => tokens.read(piece.start, piece.tokens)));
  };
  return fixedRows(index.rowCount, read, seed);
}
