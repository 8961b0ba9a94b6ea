import {
  type BatchOptions,
  type DecodeOptions,
  type EncodedRow,
  type EncodeOptions,
  encodeBatchWith,
  type Tokenizer,
  tokenizerErrors,
} from "codex-core";
import { encodeOrdinary, joined } from "./encode-ordinary.js";
import type { Encoding } from "./encoding.js";
import { saveEncodingName } from "./saved-encoding.js";
import { tokenOffsets } from "./token-offsets.js";

const endOfText = "<|endoftext|>";
const unknownBytes = Buffer.from("\ufffd");

/** Byte-pair tokens with the ids of the tiktoken package. */
export class TiktokenTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly fingerprint: string;
  readonly special: { readonly bos: number; readonly eos: number };
  readonly workerModule = new URL("./restore-tokenizer.js", import.meta.url).href;

  constructor(private readonly encoding: Encoding) {
    const end = encoding.specialIds.get(endOfText)!;
    this.vocabSize = encoding.vocabSize;
    this.fingerprint = encoding.fingerprint;
    this.special = { bos: end, eos: end };
  }

  encode(text: string, options: EncodeOptions = {}): Uint32Array {
    const allowed = this.allowedSpecials(options.allowedSpecial);
    if (allowed.length === 0) return encodeOrdinary(this.encoding, text);
    const parts: Uint32Array[] = [];
    for (const part of text.split(new RegExp(`(${allowed.map(escaped).join("|")})`))) {
      const id = allowed.includes(part) ? this.encoding.specialIds.get(part) : undefined;
      parts.push(id === undefined ? encodeOrdinary(this.encoding, part) : Uint32Array.of(id));
    }
    return joined(parts);
  }

  /**
   * Bytes that make no whole character decode to U+FFFD, as do ids that the encoding leaves unused.
   *
   * @throws CODEX_TOKENIZER_ID_UNKNOWN when an id is outside the vocabulary.
   */
  decode(tokenIds: ArrayLike<number>, options: DecodeOptions = {}): string {
    const { table } = this.encoding;
    const special = new Set(options.skipSpecial ? this.encoding.specialIds.values() : []);
    const parts: Uint8Array[] = [];
    for (let index = 0; index < tokenIds.length; index++) {
      const id = tokenIds[index]!;
      const bytes = table.bytesOf(id);
      if (bytes === undefined) throw this.unknownIdError(id, index);
      if (!special.has(id)) parts.push(bytes.length > 0 ? bytes : unknownBytes);
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(parts));
  }

  encodeBatch(texts: readonly string[], options: BatchOptions): readonly EncodedRow[] {
    const { table } = this.encoding;
    const encode = (text: string) => {
      const tokenIds = this.encode(text, options);
      const byteLengths = Array.from(tokenIds, (id) => table.bytesOf(id)!.length);
      return { tokenIds, offsets: tokenOffsets(text, byteLengths) };
    };
    return encodeBatchWith(texts, options, encode, this.special.eos);
  }

  save(folder: string): Promise<void> {
    return saveEncodingName(folder, this.encoding);
  }

  private allowedSpecials(allowed: EncodeOptions["allowedSpecial"]): string[] {
    const known = [...this.encoding.specialIds.keys()];
    return allowed === "all" ? known : known.filter((text) => allowed?.includes(text));
  }

  private unknownIdError(id: number, index: number): Error {
    return tokenizerErrors.CODEX_TOKENIZER_ID_UNKNOWN({
      what: `Token id ${id} is outside the vocabulary of ${this.vocabSize} (${this.encoding.name}).`,
      where: `position ${index}`,
    });
  }
}

function escaped(text: string): string {
  return text.replace(/[|\\{}()[\]^$+*?.]/g, "\\$&");
}
