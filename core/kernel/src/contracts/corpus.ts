import { definePoint } from "./contribution-point.js";

/** One document of a corpus. */
export interface CorpusDocument {
  /** Stable within the corpus: a path, a URL, a row id. */
  readonly id: string;
  readonly text: string;
  /** The name of the source that it belongs to. */
  readonly source?: string;
}

/** A file of a corpus. */
export interface CorpusFile {
  /** Its path in the project, with forward slashes, or another id that is the same on every machine. */
  readonly id: string;
  readonly sizeBytes: number;
  /** SHA-256 (hex) of its bytes. */
  readonly sha256: string;
}

/** A part of a corpus that has a name, a weight and a licence of its own. */
export interface CorpusSource {
  readonly name: string;
  /** How much of it is read against the other sources. */
  readonly weight: number;
  /** SPDX id. */
  readonly license?: string;
  readonly homepage?: string;
  readonly files: readonly CorpusFile[];
}

/** Raw text with ids. Depends on nothing, so that a tokenizer can be fitted to it. */
export interface Corpus {
  /** SHA-256 (hex) of all document ids and texts, in order. */
  fingerprint(): Promise<string>;
  /** All documents, always in the same order. */
  documents(): AsyncIterable<CorpusDocument>;
  /** What it is made of, each file digested. */
  sources?(): Promise<readonly CorpusSource[]>;
}

export const CorpusPoint = definePoint<Corpus, "one">("corpus", {
  section: "data",
  cardinality: "one",
  failurePolicy: "closed",
});
