import type { NumberFile } from "../prepared/number-file.js";

/** A stretch of a document that fits into a row. */
export interface Piece {
  readonly document: number;
  /** Its first token's place in the split. */
  readonly start: number;
  /** At least 2: an input and its target. */
  readonly tokens: number;
}

/** Where in a split to begin. */
export type Place = Pick<Piece, "document" | "start">;

export const firstPlace: Place = { document: 0, start: 0 };

/** The documents of a split, as pieces that fit into rows. */
export class DocumentPieces {
  constructor(
    private readonly starts: NumberFile,
    private readonly tokenCount: number,
    /** Inputs in a row. */
    private readonly contextLength: number,
  ) {}

  /**
   * The pieces from a place on, in order, at most `slice` at once. A document of more than contextLength + 1 tokens comes
   * in pieces that overlap by one token, so that each token but its first is a target once. Documents of one token have no
   * piece.
   *
   * @param slice documents whose starts are read at once, too
   */
  async *from({ document, start }: Place, slice = 4096): AsyncGenerator<readonly Piece[]> {
    let pieces: Piece[] = [];
    for (let first = document; first < this.starts.count; first += slice) {
      const count = Math.min(slice, this.starts.count - first);
      const known = await this.starts.read(first, Math.min(count + 1, this.starts.count - first));
      for (let index = 0; index < count; index++) {
        const end = known[index + 1] ?? this.tokenCount;
        const begin = first + index === document ? start : (known[index] as number);
        for (let at = begin; at + 1 < end; at += this.contextLength) {
          pieces.push({ document: first + index, start: at, tokens: Math.min(this.contextLength + 1, end - at) });
          if (pieces.length < slice) continue;
          yield pieces;
          pieces = [];
        }
      }
    }
    if (pieces.length > 0) yield pieces;
  }
}
