import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeBatchWith } from "../../contracts/encode-batch.js";
import type { BatchOptions, DecodeOptions, EncodedRow, EncodeOptions, Tokenizer } from "../../contracts/tokenizer.js";
import { defineErrors } from "../../errors/define-errors.js";

export const fakeTokenizerErrors = defineErrors({
  CODEX_FAKE_TOKENIZER: {
    exitCode: 2,
    when: "The byte tokenizer of codex-core/testing is given an id that it does not have.",
    fix: "Correct the test.",
  },
});

const eosText = "<eos>";
const eos = 256;

/** A tokenizer without a vocabulary: the id of a byte is the byte, and 256 ends a text. */
export class ByteTokenizer implements Tokenizer {
  readonly vocabSize = 257;
  readonly special = { eos };
  readonly fingerprint = createHash("sha256").update("byte tokenizer 1").digest("hex");

  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    const allowed = options.allowedSpecial === "all" || options.allowedSpecial?.includes(eosText);
    const pieces = allowed ? text.split(eosText) : [text];
    const tokenIds = pieces.flatMap((piece, index) => [...(index > 0 ? [eos] : []), ...Buffer.from(piece, "utf8")]);
    return Uint32Array.from(tokenIds);
  }

  decode(tokenIds: ArrayLike<number>, options: DecodeOptions = {}): string {
    const ids = Array.from(tokenIds);
    const unknown = ids.find((id) => !(id >= 0 && id < this.vocabSize));
    if (unknown !== undefined) throw fakeTokenizerErrors.CODEX_FAKE_TOKENIZER({ what: `There is no id ${unknown}.` });
    const bytes = ids.map((id) => (id !== eos ? Buffer.of(id) : Buffer.from(options.skipSpecial ? "" : eosText)));
    return Buffer.concat(bytes).toString("utf8");
  }

  encodeBatch(texts: readonly string[], options: BatchOptions): readonly EncodedRow[] {
    const encode = (text: string) => {
      const tokenIds = this.encode(text, options);
      return { tokenIds, offsets: byteOffsets(text, tokenIds.length) };
    };
    return encodeBatchWith(texts, options, encode, eos);
  }

  async save(folder: string): Promise<void> {
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify({ type: "byte" }));
  }

  static async restore(folder: string): Promise<ByteTokenizer> {
    await readFile(join(folder, "tokenizer.json"), "utf8");
    return new ByteTokenizer();
  }
}

function byteOffsets(text: string, length: number): Int32Array {
  const offsets = new Int32Array(length);
  let byte = 0;
  let unit = 0;
  for (const character of text) {
    const bytes = Buffer.byteLength(character, "utf8");
    offsets.fill(unit, byte, Math.min(length, byte + bytes));
    byte += bytes;
    unit += character.length;
  }
  return offsets;
}
