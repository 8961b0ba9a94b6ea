import type { CorpusDocument } from "codex-core";
import { textErrors } from "../errors.js";
import { formatOf } from "./file-format.js";
import type { FoundFile } from "./find-files.js";
import type { NumberedText } from "./numbered-text.js";
import { readCsv } from "./read-csv.js";
import { readJsonLines } from "./read-json-lines.js";
import { readParquetInThread } from "./read-parquet-in-thread.js";
import { defaultSizes, partsOf, type ReadSizes, readText } from "./read-text.js";

const partMark = "#part-";
const lineMark = "#line-";
const rowMark = "#row-";

/** Raised whenever the same files come to give other documents: it is part of a corpus's fingerprint. */
export const readFormatVersion = 1;

/** A document that knows which file it was read from. */
export interface TextDocument extends CorpusDocument {
  readonly fileId: string;
}

/** How a file is read. */
export interface ReadSettings {
  /** The field of a JSONL line, or the column of a table, that holds a document's text. */
  readonly textField: string;
  readonly sizes?: ReadSizes | undefined;
}

/** The documents of one file, in order. */
export async function* documentsOf(file: FoundFile, settings: ReadSettings): AsyncGenerator<TextDocument> {
  const sizes = settings.sizes ?? defaultSizes;
  let lastId: string | undefined;
  let part = 1;
  for await (const { id, text } of textsOf(file, settings.textField, sizes)) {
    part = id === lastId ? part + 1 : 1;
    lastId = id;
    yield { id: part === 1 ? id : `${id}${partMark}${part}`, text, fileId: file.id };
  }
}

async function* textsOf(file: FoundFile, textField: string, sizes: ReadSizes): AsyncGenerator<CorpusDocument> {
  const format = formatOf(file);
  if (format === "text") for await (const text of readText(file, sizes)) yield { id: file.id, text };
  else if (format === "jsonl") yield* numberedDocuments(file, lineMark, readJsonLines(file, textField, sizes), sizes);
  else if (format === "parquet")
    yield* numberedDocuments(file, rowMark, readParquetInThread(file, textField, sizes), sizes);
  else yield* numberedDocuments(file, rowMark, readCsv(file, textField, sizes), sizes);
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

/** The id of the file that a document comes from; of documents of another corpus than this plugin's, the document's own. */
export function fileIdOf(document: CorpusDocument & Partial<TextDocument>): string {
  return document.fileId ?? wholeIdOf(document.id);
}
