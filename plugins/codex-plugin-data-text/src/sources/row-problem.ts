import { textErrors } from "../errors.js";
import { damageHint } from "./file-format.js";
import type { FoundFile } from "./find-files.js";

/** What is wrong with a line or row of a file of rows. `number` counts from 1. Texts of the file do not belong in `problem`. */
export function rowProblem(file: FoundFile, number: number, problem: string, unit: "line" | "row" = "line"): Error {
  return textErrors.CODEX_DATA_LINE_INVALID({
    what: `${unit === "line" ? "Line" : "Row"} ${number} of ${file.id} ${problem}.`,
    where: `${file.path}, ${unit} ${number}`,
    ...damageHint(file),
    fix: `Correct the ${unit}, or leave the file out of the data section's paths.`,
  });
}

/** Says that a line has no text in the field where it should be. */
export function fieldProblem(file: FoundFile, line: number, problem: string): Error {
  return textErrors.CODEX_DATA_LINE_INVALID({
    what: `Line ${line} of ${file.id} ${problem}.`,
    where: `${file.path}, line ${line}`,
    ...damageHint(file),
    fix: `Correct the line, or set ${textFieldOptionOf(file)} to the field that holds the text.`,
  });
}

/** Says that a table has not the column of texts that it should have. `place` is where the file names its columns. */
export function columnProblem(file: FoundFile, place: "heading" | "schema", what: string): Error {
  return textErrors.CODEX_DATA_LINE_INVALID({
    what,
    where: `${file.path}, its ${place}`,
    fix: `Set ${textFieldOptionOf(file)} to the column that holds the text.`,
  });
}

function textFieldOptionOf({ textFieldOption = "data.textField" }: FoundFile): string {
  return textFieldOption;
}

/** The first names of fields or columns, shortened, for a message. */
export function shownNames(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name.slice(0, 40)));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
