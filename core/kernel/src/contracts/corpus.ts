import { definePoint } from "./contribution-point.js";

/** One document of a corpus. */
export interface CorpusDocument {
  /** Stable within the corpus: a path, a URL, a row id. */
  readonly id: string;
  readonly text: string;
  /** Name of the CorpusSource that it belongs to; left out where there is only one. */
  readonly source?: string;
}

/** A file that a corpus reads. */
export interface CorpusFile {
  /** Stable within its source: a path in the project, a URL. */
  readonly id: string;
  readonly sizeBytes: number;
  /** Of the file's bytes, in lower-case hexadecimal. */
  readonly sha256: string;
}

/** Where documents come from. */
export interface CorpusSource {
  readonly name: string;
  /** Relative share in a mixture; 1 where there is only one, 0 where all of it is held out. */
  readonly weight: number;
  /** SPDX expression, where known. */
  readonly license?: string;
  /** Where it was obtained: a URL or a package. */
  readonly homepage?: string;
  readonly files: readonly CorpusFile[];
}

/** Told how many bytes of the sources were read, whenever some were, as they lie on disk. */
export type OnRead = (sizeBytes: number) => void;

/** Raw text with ids. Depends on nothing, so that a tokenizer can be fitted to it. */
export interface Corpus {
  /** SHA-256 (hex) of all that decides the documents: of their ids and texts, or of the files that they are read from. */
  fingerprint(): Promise<string>;
  /** All documents, always in the same order. `onRead` may go uncalled. */
  documents(onRead?: OnRead): AsyncIterable<CorpusDocument>;
  /** Where the documents come from, and what the files there hold now. Left out by a corpus that cannot say. */
  sources?(): Promise<readonly CorpusSource[]>;
}

export const CorpusPoint = definePoint<Corpus, "one">("corpus", {
  section: "data",
  cardinality: "one",
  failurePolicy: "closed",
});
