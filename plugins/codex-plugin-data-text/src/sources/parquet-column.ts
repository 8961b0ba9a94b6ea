import { type FileMetaData, parquetSchema } from "hyparquet";
import { textErrors } from "../errors.js";
import type { FoundFile } from "./find-files.js";
import { unreadable } from "./read-bytes.js";
import { columnProblem, shownNames } from "./row-problem.js";

const maxColumnBytes = 2 ** 31;

/**
 * @throws CODEX_DATA_LINE_INVALID when the file has no such column, or one that holds no text.
 * @throws CODEX_DATA_UNREADABLE when its footer is damaged.
 */
export function checkColumn(file: FoundFile, metadata: FileMetaData, name: string): void {
  const columns = columnsOf(file, metadata);
  const column = columns.find((candidate) => candidate.name === name);
  if (!column) {
    const names = shownNames(columns.map((candidate) => candidate.name));
    throw columnProblem(file, "schema", `${file.id} has no column "${name}"; it has ${names}.`);
  }
  const { type, num_children, repetition_type, logical_type, converted_type } = column;
  const annotation = logical_type?.type ?? (converted_type === "UTF8" ? "STRING" : converted_type);
  const isText = ["STRING", "ENUM", "JSON", undefined].includes(annotation);
  if (type === "BYTE_ARRAY" && !num_children && repetition_type !== "REPEATED" && isText) return;
  const kind = num_children || repetition_type === "REPEATED" ? "nested" : (annotation ?? type);
  throw columnProblem(file, "schema", `Column "${name}" of ${file.id} holds no text, but ${kind} values.`);
}

function columnsOf(file: FoundFile, metadata: FileMetaData) {
  try {
    const columns = parquetSchema(metadata).children.map(({ element }) => element);
    if (columns.every(({ name }) => typeof name === "string")) return columns;
  } catch {}
  throw damagedFooter(file);
}

/**
 * The rows that are read at once, from 0 on: a row group, or parts of a large one where the file has an index of its
 * pages.
 *
 * @throws CODEX_DATA_UNREADABLE for a row group that is too large to be read at once, and for a damaged footer.
 */
export function* slicesOf(file: FoundFile, metadata: FileMetaData, name: string, sliceBytes: number) {
  let rowStart = 0;
  for (const { rows, columnBytes, isIndexed } of rowGroupsOf(file, metadata, name)) {
    if (columnBytes > maxColumnBytes && !isIndexed) throw tooLarge(file, columnBytes);
    const slices = isIndexed ? Math.max(1, Math.ceil(columnBytes / sliceBytes)) : 1;
    const rowsAtOnce = Math.ceil(rows / slices);
    const end = rowStart + rows;
    for (; rowStart < end; rowStart += rowsAtOnce) yield { rowStart, rowEnd: Math.min(end, rowStart + rowsAtOnce) };
    rowStart = end;
  }
}

function rowGroupsOf(file: FoundFile, metadata: FileMetaData, name: string) {
  try {
    const groups = metadata.row_groups.map(({ num_rows, columns }) => {
      const column = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name);
      const columnBytes = Number(column?.meta_data?.total_uncompressed_size);
      return { rows: Number(num_rows), columnBytes, isIndexed: column?.offset_index_offset !== undefined };
    });
    const isSound = groups.every(({ rows, columnBytes }) => rows >= 0 && columnBytes >= 0);
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    if (isSound && rows === Number(metadata.num_rows)) return groups;
  } catch {}
  throw damagedFooter(file);
}

function damagedFooter(file: FoundFile): Error {
  return unreadable(file, new Error("its footer is damaged"));
}

function tooLarge(file: FoundFile, columnBytes: number): Error {
  return textErrors.CODEX_DATA_UNREADABLE({
    what: `A row group of ${file.id} holds ${columnBytes} bytes of text, and at most ${maxColumnBytes} can be read at once.`,
    where: file.path,
    fix: "Write the file with smaller row groups, or with an index of its pages.",
  });
}
