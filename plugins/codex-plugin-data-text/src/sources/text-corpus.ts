import { createHash } from "node:crypto";
import type { Corpus, CorpusDocument } from "codex-core";
import { textErrors } from "../errors.js";
import type { FoundFile } from "./find-files.js";
import type { NumberedText } from "./numbered-text.js";
import { isCsv, readCsv } from "./read-csv.js";
import { isJsonLines, readJsonLines } from "./read-json-lines.js";
import { defaultSizes, partsOf, type ReadSizes, readText } from "./read-text.js";

const partMark = "#part-";
const lineMark = "#line-";
const rowMark = "#row-";

/** How files are read. */
export interface ReadSettings {
  /** The field of a JSONL line, or the column of a CSV file, that holds the document's text. */
  readonly textField: string;
  readonly sizes?: ReadSizes;
}

/**
 * Files as documents, in a fixed order: a text file is one document, each line of a JSONL file is one, with an id that
 * ends in `#line-1`, `#line-2` …, and each row of a CSV file, with `#row-1` … A document too long to be one string
 * comes as several, whose ids after the first end in `#part-2`, `#part-3` …
 */
export class TextCorpus implements Corpus {
  constructor(
    private readonly files: readonly FoundFile[],
    private readonly signal: AbortSignal,
    private readonly settings: ReadSettings = { textField: "text" },
  ) {}

  async *documents(): AsyncIterable<CorpusDocument> {
    for (const file of this.files) {
      for await (const document of documentsOf(file, this.settings)) {
        this.signal.throwIfAborted();
        yield document;
      }
    }
  }

  async fingerprint(): Promise<string> {
    const hash = createHash("sha256");
    for await (const { id, text } of this.documents()) {
      hash.update(`${JSON.stringify(id)} ${createHash("sha256").update(text).digest("hex")}\n`);
    }
    return hash.digest("hex");
  }
}

/** The documents of one file, in order. */
export async function* documentsOf(file: FoundFile, settings: ReadSettings): AsyncGenerator<CorpusDocument> {
  const sizes = settings.sizes ?? defaultSizes;
  let lastId: string | undefined;
  let part = 1;
  for await (const { id, text } of textsOf(file, settings.textField, sizes)) {
    part = id === lastId ? part + 1 : 1;
    lastId = id;
    yield { id: part === 1 ? id : `${id}${partMark}${part}`, text };
  }
}

async function* textsOf(file: FoundFile, textField: string, sizes: ReadSizes): AsyncGenerator<CorpusDocument> {
  if (isJsonLines(file)) yield* numberedDocuments(file, lineMark, readJsonLines(file, textField, sizes), sizes);
  else if (isCsv(file)) yield* numberedDocuments(file, rowMark, readCsv(file, textField, sizes), sizes);
  else for await (const text of readText(file, sizes)) yield { id: file.id, text };
}

/** The texts of a file that holds many, each under an id of its own; a long text comes in parts under one id. */
async function* numberedDocuments(
  file: FoundFile,
  mark: string,
  texts: AsyncIterable<NumberedText>,
  { partLength }: ReadSizes,
): AsyncGenerator<CorpusDocument> {
  let isEmpty = true;
  for await (const { number, text } of texts) {
    for (const part of partsOf(text, partLength)) {
      isEmpty = false;
      yield { id: `${file.id}${mark}${number}`, text: part };
    }
  }
  if (isEmpty) throw textErrors.CODEX_DATA_EMPTY({ what: `${file.id} holds no document.`, where: file.path });
}

/** The id of the document that a document is a part of. */
export function wholeIdOf(documentId: string): string {
  return documentId.replace(/#part-[0-9]+$/, "");
}

/** The id of the file that a document comes from. */
export function fileIdOf(documentId: string): string {
  return wholeIdOf(documentId).replace(/(\.(?:jsonl|ndjson|csv|tsv)(?:\.gz)?)#(?:line|row)-[0-9]+$/i, "$1");
}
