import { definePoint } from "./contribution-point.js";

/** Which special tokens a text may contain as such; all others are plain text. */
export interface EncodeOptions {
  /** Special tokens, by their text, that encode to their own id. Default: none. */
  readonly allowedSpecial?: readonly string[] | "all";
}

export interface DecodeOptions {
  /** Leaves special tokens out of the text. Default: false. */
  readonly skipSpecial?: boolean;
}

export interface BatchOptions extends EncodeOptions {
  /** Ids of a row at the most. */
  readonly maxLength: number;
  /** `longest`: to the longest row; `max`: to maxLength; `none`: rows keep their length. */
  readonly padding: "none" | "longest" | "max";
  /** Where padding goes. Default: right. */
  readonly side?: "left" | "right";
  /** What happens to a text that is longer: cut at its end, an error, or further rows that overlap by `stride` ids. */
  readonly truncation: "cut" | "error" | "split";
  /** Ids that a further row repeats of the row before it. Default: 0. */
  readonly stride?: number;
}

/** One row of an encoded batch. */
export interface EncodedRow {
  /** Index of the text that the row is of. */
  readonly textIndex: number;
  readonly tokenIds: Uint32Array;
  /** 1 for a token of the text, 0 for padding; as long as tokenIds. */
  readonly mask: Uint8Array;
  /** First UTF-16 index of each token in its text; padding has -1. */
  readonly offsets: Int32Array;
}

/** Turns text into token ids and back. */
export interface Tokenizer {
  readonly vocabSize: number;
  /** SHA-256 (hex) of everything that can change an id. */
  readonly fingerprint: string;
  readonly special: { readonly bos?: number; readonly eos?: number; readonly pad?: number; readonly unk?: number };
  /** Token ids of a text. Special tokens in the text are plain text unless allowed. */
  encode(text: string, options?: EncodeOptions): Uint32Array;
  decode(tokenIds: ArrayLike<number>, options?: DecodeOptions): string;
  encodeBatch(texts: readonly string[], options: BatchOptions): readonly EncodedRow[];
  /** Writes into an empty folder all that `restore` needs to make an equal tokenizer. */
  save(folder: string): Promise<void>;
  /**
   * URL of an ES module (a `TokenizerWorkerModule`) by which worker threads make an equal tokenizer. Left out: texts are
   * encoded in the main thread.
   */
  readonly workerModule?: string;
}

/** What a tokenizer's `workerModule` exports. */
export interface TokenizerWorkerModule {
  /** An equal tokenizer from what `save` wrote. */
  restoreTokenizer(folder: string): Tokenizer | Promise<Tokenizer>;
}

export const TokenizerPoint = definePoint<Tokenizer, "one">("tokenizer", {
  cardinality: "one",
  failurePolicy: "closed",
});
