import { definePoint } from "./contribution-point.js";

/** One document of a corpus. */
export interface CorpusDocument {
  /** Stable within the corpus: a path, a URL, a row id. */
  readonly id: string;
  readonly text: string;
}

/** Raw text with ids. Depends on nothing, so that a tokenizer can be fitted to it. */
export interface Corpus {
  /** SHA-256 (hex) of all document ids and texts, in order. */
  fingerprint(): Promise<string>;
  /** All documents, always in the same order. */
  documents(): AsyncIterable<CorpusDocument>;
}

export const CorpusPoint = definePoint<Corpus, "one">("corpus", {
  section: "data",
  cardinality: "one",
  failurePolicy: "closed",
});
