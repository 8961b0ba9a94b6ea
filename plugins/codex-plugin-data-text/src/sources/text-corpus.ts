import { createHash } from "node:crypto";
import type { Corpus, CorpusSource, OnRead } from "codex-core";
import { textErrors } from "../errors.js";
import { digestFiles } from "./file-digests.js";
import type { FoundFile } from "./find-files.js";
import { documentsOf, readFormatVersion, type TextDocument } from "./read-documents.js";
import type { ReadSizes } from "./read-text.js";

/** Files that are read in one way, and what is known of where they come from. */
export interface TextSource extends Omit<CorpusSource, "files"> {
  readonly files: readonly FoundFile[];
  /** The field of a JSONL line, or the column of a table, that holds a document's text. */
  readonly textField: string;
  /** The option that says so; left out: data.textField. */
  readonly textFieldOption?: string;
}

/** What a corpus needs beside its sources. */
export interface TextCorpusSettings {
  readonly signal: AbortSignal;
  /** Where digests of large files are remembered; left out: nowhere. */
  readonly cacheFolder?: string;
  readonly sizes?: ReadSizes;
  /** The fingerprint that the corpus has to have; left out: any. */
  readonly expectedFingerprint?: string | undefined;
  /** What the corpus is registered as, for messages. */
  readonly dataset?: string | undefined;
}

const datasetFix =
  "`codex data list --check` names files that changed: restore them, or register the texts as a new version with " +
  "`codex data add`. To read other paths, as --texts does, take the name away: ~data.dataset ~data.fingerprint.";

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

  /** @throws CODEX_DATA_FINGERPRINT and what reading a file throws: CODEX_DATA_UNREADABLE, _EMPTY, _INVALID_UTF8 … */
  async *documents(onRead?: OnRead): AsyncGenerator<TextDocument> {
    const { signal, sizes, expectedFingerprint } = this.settings;
    if (expectedFingerprint !== undefined) await this.fingerprint();
    const isMixture = this.textSources.length > 1;
    const watched = onRead ? { onRead } : {};
    for (const { name, files, textField, textFieldOption } of this.textSources) {
      for (const found of files) {
        const file: FoundFile = { ...found, ...watched, textFieldOption };
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
    for (const { textField: _field, textFieldOption: _option, files, ...known } of this.textSources) {
      sources.push({ ...known, files: await digestFiles(files, cacheFolder, signal) });
    }
    return sources;
  }

  /**
   * SHA-256 of the files' ids and bytes, the sources' names, and what else decides how files become documents. Nothing is
   * parsed for it.
   *
   * @throws CODEX_DATA_UNREADABLE
   * @throws CODEX_DATA_FINGERPRINT when it is not the one that the corpus has to have.
   */
  async fingerprint(): Promise<string> {
    const sources = (await this.sources()).map(({ name, files }, index) => ({
      name,
      textField: this.textSources[index]!.textField,
      files: files.map(({ id, sha256 }) => [id, sha256]),
    }));
    const fingerprint = createHash("sha256").update(JSON.stringify({ readFormatVersion, sources })).digest("hex");
    const { expectedFingerprint = fingerprint, dataset } = this.settings;
    if (fingerprint === expectedFingerprint) return fingerprint;
    throw textErrors.CODEX_DATA_FINGERPRINT({
      what: `The fingerprint of ${dataset ?? "the corpus"} is ${fingerprint}; it has to be ${expectedFingerprint}.`,
      where: "data.fingerprint",
      ...(dataset === undefined ? {} : { fix: datasetFix }),
    });
  }
}
