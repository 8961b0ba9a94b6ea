import { createHash } from "node:crypto";
import type { Corpus, CorpusSource } from "codex-core";
import { digestFiles } from "./file-digests.js";
import type { FoundFile } from "./find-files.js";
import { documentsOf, readFormatVersion, type TextDocument } from "./read-documents.js";
import type { ReadSizes } from "./read-text.js";

/** Files that are read in one way, and what is known of where they come from. */
export interface TextSource extends Omit<CorpusSource, "files"> {
  readonly files: readonly FoundFile[];
  /** The field of a JSONL line, or the column of a table, that holds a document's text. */
  readonly textField: string;
}

/** What a corpus needs beside its sources. */
export interface TextCorpusSettings {
  readonly signal: AbortSignal;
  /** Where digests of large files are remembered; left out: nowhere. */
  readonly cacheFolder?: string;
  readonly sizes?: ReadSizes;
}

/**
 * Files as documents, in a fixed order: a text file is one document, each line of a JSONL file is one, with an id that
 * ends in `#line-1`, `#line-2` …, and each row of a table, with `#row-1` … A document too long to be one string comes as
 * several, whose ids after the first end in `#part-2`, `#part-3` … Of several sources, ids begin with `NAME:`.
 */
export class TextCorpus implements Corpus {
  constructor(
    private readonly textSources: readonly TextSource[],
    private readonly settings: TextCorpusSettings,
  ) {}

  async *documents(): AsyncGenerator<TextDocument> {
    const { signal, sizes } = this.settings;
    const isMixture = this.textSources.length > 1;
    for (const { name, files, textField } of this.textSources) {
      for (const file of files) {
        for await (const document of documentsOf(file, { textField, sizes })) {
          signal.throwIfAborted();
          yield isMixture ? { ...document, id: `${name}:${document.id}`, source: name } : document;
        }
      }
    }
  }

  /** @throws CODEX_DATA_UNREADABLE */
  async sources(): Promise<readonly CorpusSource[]> {
    const { cacheFolder, signal } = this.settings;
    const sources: CorpusSource[] = [];
    for (const { textField: _, files, ...known } of this.textSources) {
      sources.push({ ...known, files: await digestFiles(files, cacheFolder, signal) });
    }
    return sources;
  }

  /**
   * SHA-256 of the files' ids and bytes, the sources' names, and what else decides how files become documents. Nothing is
   * parsed for it.
   *
   * @throws CODEX_DATA_UNREADABLE
   */
  async fingerprint(): Promise<string> {
    const sources = (await this.sources()).map(({ name, files }, index) => ({
      name,
      textField: this.textSources[index]!.textField,
      files: files.map(({ id, sha256 }) => [id, sha256]),
    }));
    return createHash("sha256").update(JSON.stringify({ readFormatVersion, sources })).digest("hex");
  }
}
