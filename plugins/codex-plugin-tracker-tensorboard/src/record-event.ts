import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { MetricsRecord, TableRecord, TrackerRecord } from "codex-core";
import { histogramValue, imageValue, scalarsEvent, summaryEvent, textValue, type WriteFields } from "./event.js";
import { pngSize } from "./png-size.js";

/** The tags that a record stands under. */
export function tagsOf(record: TrackerRecord): readonly string[] {
  if (record.kind === "metrics") return Object.keys(record.metrics);
  if (record.kind === "sample") return ["samples"];
  if (record.kind === "params" || record.kind === "tags") return [record.kind];
  return record.kind === "artifact" ? [] : [record.key];
}

/** A record as an event, at once where no file is read; undefined where TensorBoard has no place for it, or its file is gone. */
export function eventOf(record: TrackerRecord, runFolder: string): Buffer | Promise<Buffer | undefined> {
  if (record.kind === "metrics") return scalarsEvent(record.step, record.timeMs, record.metrics);
  return otherEvent(record, runFolder);
}

type OtherRecord = Exclude<TrackerRecord, MetricsRecord>;

async function otherEvent(record: OtherRecord, runFolder: string): Promise<Buffer | undefined> {
  const values = await valuesOf(record, runFolder);
  return values.length === 0 ? undefined : summaryEvent(record.step, record.timeMs, values);
}

async function valuesOf(record: OtherRecord, runFolder: string): Promise<readonly WriteFields[]> {
  switch (record.kind) {
    case "sample":
      return [textValue("samples", `${quoted(record.prompt)}\n\n${quoted(record.text)}`)];
    case "text":
      return [textValue(record.key, record.text)];
    case "table":
      return [textValue(record.key, tableText(record))];
    case "histogram":
      return [histogramValue(record.key, record.edges, record.counts)];
    case "params":
      return [textValue("params", mapText(record.params))];
    case "tags":
      return [textValue("tags", mapText(record.tags))];
    case "image": {
      const png = await readFile(join(runFolder, record.path)).catch(() => undefined);
      const size = png && pngSize(png);
      return size ? [imageValue(record.key, png, size.width, size.height)] : [];
    }
    case "artifact":
      return [];
  }
}

/** Names and values as a table. */
export function mapText(values: { readonly [name: string]: unknown }): string {
  const rows = Object.entries(values).map(([name, value]) => [name, String(value)]);
  return rowsText([["name", "value"], ...rows]);
}

function tableText({ columns, rows }: TableRecord): string {
  return rowsText([columns, ...rows.map((row) => row.map((cell) => String(cell ?? "")))]);
}

/** Rows as Markdown; the first is the heading. */
function rowsText([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}

function cellText(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

/** A text as it is: Markdown would read signs in it. */
function quoted(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
