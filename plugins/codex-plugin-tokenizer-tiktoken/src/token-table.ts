const empty = new Uint8Array(0);

/** The bytes of every token id, and, as Latin-1 strings, the ids of bytes. */
export class TokenTable {
  private readonly bytesById: Uint8Array[];
  private lazyRanks?: Map<string, number>;

  /** `ranks`: lines of a mark, the first rank, and base64 tokens of consecutive ranks. */
  constructor(
    ranks: string,
    private readonly specialIds: ReadonlyMap<string, number>,
    vocabSize: number,
  ) {
    this.bytesById = new Array<Uint8Array>(vocabSize).fill(empty);
    for (const line of ranks.split("\n")) {
      const [, first, ...tokens] = line.split(" ");
      tokens.forEach((token, index) => {
        this.bytesById[Number(first) + index] = Buffer.from(token, "base64");
      });
    }
    for (const [text, id] of specialIds) this.bytesById[id] = Buffer.from(text, "utf8");
  }

  /** The token's bytes; undefined for an id outside the vocabulary, none for an id that no token has. */
  bytesOf(id: number): Uint8Array | undefined {
    return this.bytesById[id];
  }

  /** Ordinary tokens by their bytes as a Latin-1 string. */
  get ranks(): ReadonlyMap<string, number> {
    if (!this.lazyRanks) {
      const special = new Set(this.specialIds.values());
      this.lazyRanks = new Map();
      this.bytesById.forEach((bytes, id) => {
        if (bytes.length > 0 && !special.has(id)) this.lazyRanks!.set(Buffer.from(bytes).toString("latin1"), id);
      });
    }
    return this.lazyRanks;
  }
}
