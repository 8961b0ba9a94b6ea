import type { FoundFile } from "./find-files.js";
import type { NumberedText } from "./numbered-text.js";
import { decodedChunks, defaultSizes, type ReadSizes } from "./read-text.js";
import { fieldProblem, rowProblem, shownNames } from "./row-problem.js";

/**
 * Reads a file of JSON objects, one a line, and gives the string in `textField` of each; lines are counted from 1.
 * Blank lines are passed over. One line at a time is in memory.
 *
 * @throws CODEX_DATA_LINE_INVALID, CODEX_DATA_UNREADABLE, CODEX_DATA_INVALID_UTF8
 */
export async function* readJsonLines(
  file: FoundFile,
  textField: string,
  sizes: ReadSizes = defaultSizes,
): AsyncGenerator<NumberedText> {
  for await (const { line, content } of linesOf(file, sizes)) {
    yield { number: line, text: textOf(file, line, content, textField) };
  }
}

async function* linesOf(file: FoundFile, sizes: ReadSizes) {
  let pending = "";
  let line = 1;
  for await (const piece of decodedChunks(file, sizes.chunkBytes)) {
    let start = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", start)) {
      const content = pending + piece.slice(start, end);
      pending = "";
      start = end + 1;
      if (content.length > sizes.lineLength) throw tooLong(file, line, sizes);
      if (content.trim() !== "") yield { line, content };
      line++;
    }
    pending += piece.slice(start);
    if (pending.length > sizes.lineLength) throw tooLong(file, line, sizes);
  }
  if (pending.trim() !== "") yield { line, content: pending };
}

function textOf(file: FoundFile, line: number, content: string, textField: string): string {
  let row: unknown;
  try {
    row = JSON.parse(content);
  } catch {
    // The parser's message quotes the line, which may be private.
    throw rowProblem(file, line, "is not JSON");
  }
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw rowProblem(file, line, "holds no JSON object");
  if (!Object.hasOwn(row, textField)) {
    throw fieldProblem(file, line, `has no field "${textField}"; it has ${shownNames(Object.keys(row))}`);
  }
  const text = (row as { [field: string]: unknown })[textField];
  if (typeof text !== "string") throw fieldProblem(file, line, `holds no string in "${textField}"`);
  if (/\p{Surrogate}/u.test(text)) throw rowProblem(file, line, `holds half of a character in "${textField}"`);
  return text;
}

function tooLong(file: FoundFile, line: number, { lineLength }: ReadSizes): Error {
  return rowProblem(file, line, `is longer than ${lineLength} UTF-16 units`);
}
