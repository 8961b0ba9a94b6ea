import { textErrors } from "../errors.js";
import type { FoundFile } from "./find-files.js";

/** What is wrong with a line or row of a file of rows. `number` counts from 1. Texts of the file do not belong in `problem`. */
export function rowProblem(file: FoundFile, number: number, problem: string, unit: "line" | "row" = "line"): Error {
  return textErrors.CODEX_DATA_LINE_INVALID({
    what: `${unit === "line" ? "Line" : "Row"} ${number} of ${file.id} ${problem}.`,
    where: `${file.path}, ${unit} ${number}`,
  });
}

/** The first names of fields or columns, shortened, for a message. */
export function shownNames(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name.slice(0, 40)));
  return names.length > shown.length ? `${shown.join(", ")} and ${names.length - shown.length} more` : shown.join(", ");
}
