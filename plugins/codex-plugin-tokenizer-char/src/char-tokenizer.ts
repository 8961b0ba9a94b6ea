import {
  type BatchOptions,
  type DecodeOptions,
  type EncodedRow,
  type EncodedText,
  encodeBatchWith,
  type Tokenizer,
  tokenizerErrors,
} from "codex-core";
import { saveVocabulary } from "./saved-vocabulary.js";
import { fingerprintOf } from "./vocabulary.js";

/** Id of every character that the vocabulary lacks. */
export const unknownId = 0;
const unknownText = "\ufffd";
const decodeChunk = 8192;

/**
 * One token for each Unicode code point: id 0 for the unknown, then the vocabulary's code points in ascending order.
 * It has no special token that a text could spell, so `allowedSpecial` changes nothing.
 */
export class CharTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly fingerprint: string;
  readonly special = { unk: unknownId };
  readonly workerModule = new URL("./restore-tokenizer.js", import.meta.url).href;
  private readonly texts: readonly string[];
  /** Ids of the code points below 0x10000, where nearly all text lives. */
  private readonly basicIds = new Uint32Array(0x10000);
  private readonly furtherIds = new Map<number, number>();

  constructor(private readonly codePoints: readonly number[]) {
    this.vocabSize = codePoints.length + 1;
    this.fingerprint = fingerprintOf(codePoints);
    this.texts = [unknownText, ...codePoints.map((codePoint) => String.fromCodePoint(codePoint))];
    codePoints.forEach((codePoint, index) => {
      if (codePoint < 0x10000) this.basicIds[codePoint] = index + 1;
      else this.furtherIds.set(codePoint, index + 1);
    });
  }

  encode(text: string): Uint32Array {
    const tokenIds = new Uint32Array(text.length);
    const count = this.fill(text, tokenIds);
    return count === text.length ? tokenIds : tokenIds.slice(0, count);
  }

  /** @throws CODEX_TOKENIZER_ID_UNKNOWN when an id is outside the vocabulary. */
  decode(tokenIds: ArrayLike<number>, options: DecodeOptions = {}): string {
    const { texts } = this;
    let decoded = "";
    for (let start = 0; start < tokenIds.length; start += decodeChunk) {
      const parts: string[] = [];
      for (let index = start; index < Math.min(start + decodeChunk, tokenIds.length); index++) {
        const id = tokenIds[index]!;
        const text = texts[id];
        if (text === undefined) throw this.unknownIdError(id, index);
        if (id !== unknownId || !options.skipSpecial) parts.push(text);
      }
      decoded += parts.join("");
    }
    return decoded;
  }

  encodeBatch(texts: readonly string[], options: BatchOptions): readonly EncodedRow[] {
    return encodeBatchWith(texts, options, (text) => this.encodeWithOffsets(text), unknownId);
  }

  save(folder: string): Promise<void> {
    return saveVocabulary(folder, this.codePoints, this.fingerprint);
  }

  private encodeWithOffsets(text: string): EncodedText {
    const tokenIds = new Uint32Array(text.length);
    const offsets = new Int32Array(text.length);
    const count = this.fill(text, tokenIds, offsets);
    return { tokenIds: tokenIds.subarray(0, count), offsets: offsets.subarray(0, count) };
  }

  private fill(text: string, tokenIds: Uint32Array, offsets?: Int32Array): number {
    const { basicIds } = this;
    let count = 0;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (offsets) offsets[count] = index;
      const codePoint = unit >= 0xd800 && unit <= 0xdbff ? text.codePointAt(index)! : unit;
      if (codePoint > 0xffff) {
        tokenIds[count++] = this.furtherIds.get(codePoint) ?? unknownId;
        index++;
      } else tokenIds[count++] = basicIds[unit]!;
    }
    return count;
  }

  private unknownIdError(id: number, index: number): Error {
    return tokenizerErrors.CODEX_TOKENIZER_ID_UNKNOWN({
      what: `Token id ${id} is outside the vocabulary of ${this.vocabSize}.`,
      where: `position ${index}`,
    });
  }
}
