import { pipeline, Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { formatOf } from "./file-format.js";
import type { FoundFile } from "./find-files.js";
import type { NumberedText } from "./numbered-text.js";
import { decodedChunks, defaultSizes, type ReadSizes } from "./read-text.js";
import { columnProblem, rowProblem, shownNames } from "./row-problem.js";

/**
 * Reads a file of comma- or, for `.tsv`, tab-separated values whose first row names the columns, and gives the column
 * `textField` of each row; rows are counted from 1, the heading not counted. Values may be quoted as RFC 4180 says. Rows
 * with an empty text are passed over. No more than the rows of one chunk are in memory.
 *
 * @source RFC 4180, Common Format and MIME Type for Comma-Separated Values (CSV) Files
 * @throws CODEX_DATA_LINE_INVALID, CODEX_DATA_UNREADABLE, CODEX_DATA_INVALID_UTF8
 */
export async function* readCsv(
  file: FoundFile,
  textField: string,
  sizes: ReadSizes = defaultSizes,
): AsyncGenerator<NumberedText> {
  let column: number | undefined;
  let row = 0;
  for await (const record of rowsOf(file, sizes)) {
    if (column === undefined) {
      column = columnAt(file, record, textField);
      continue;
    }
    row++;
    const text = record[column] ?? "";
    if (text.trim() !== "") yield { number: row, text };
  }
}

async function* rowsOf(file: FoundFile, sizes: ReadSizes): AsyncGenerator<readonly string[]> {
  const parser = parse({
    delimiter: formatOf(file) === "tsv" ? "\t" : ",",
    max_record_size: sizes.lineLength,
    record_delimiter: ["\r\n", "\n"],
    skip_empty_lines: true,
  });
  const source = Readable.from(decodedChunks(file, sizes.chunkBytes), { highWaterMark: 1 });
  // A failure of either stream ends the iteration below.
  pipeline(source, parser, () => {});
  let columns = 0;
  try {
    for await (const record of parser as AsyncIterable<readonly string[]>) {
      columns ||= record.length;
      yield record;
    }
  } catch (error) {
    throw error instanceof CsvError ? malformed(file, error, columns, sizes) : error;
  }
}

function columnAt(file: FoundFile, heading: readonly string[], textField: string): number {
  const at = heading.indexOf(textField);
  if (at < 0) {
    throw columnProblem(file, "heading", `${file.id} has no column "${textField}"; it has ${shownNames(heading)}.`);
  }
  if (heading.lastIndexOf(textField) === at) return at;
  throw columnProblem(file, "heading", `${file.id} has more than one column "${textField}".`);
}

/** The parser's own message may quote the row, which may be private. */
function malformed(file: FoundFile, error: CsvError, columns: number, { lineLength }: ReadSizes): Error {
  const { lines, record } = error;
  const line = typeof lines === "number" ? lines : 1;
  if (error.code === "CSV_MAX_RECORD_SIZE") return rowProblem(file, line, `ends no row within ${lineLength} bytes`);
  if (error.code === "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH") {
    const values = Array.isArray(record) ? record.length : "other";
    return rowProblem(file, line, `has more or fewer values than the heading has columns: ${values}, not ${columns}`);
  }
  if (error.code === "CSV_QUOTE_NOT_CLOSED") return rowProblem(file, line, "opens a quote that nothing closes");
  return rowProblem(file, line, "has a quote where none may be");
}
