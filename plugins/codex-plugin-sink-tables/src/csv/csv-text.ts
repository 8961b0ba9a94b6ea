/** A field as CSV has it. Line ends become blanks: a row is a line. */
export function csvField(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = value.replace(/[\r\n]+/g, " ");
  return /[",]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvLine(fields: readonly (string | number | null)[]): string {
  return `${fields.map(csvField).join(",")}\n`;
}

/** The first field of a line, without quotes. */
export function firstField(line: string): string {
  const end = line.indexOf(",");
  if (!line.startsWith('"')) return end < 0 ? line : line.slice(0, end);
  return (/^"((?:[^"]|"")*)"/.exec(line)?.[1] ?? line).replaceAll('""', '"');
}
