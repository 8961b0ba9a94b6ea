import {
  bytesField,
  doubleField,
  type Field,
  floatField,
  intField,
  messageField,
  messageOf,
  readFields,
} from "./wire.js";

/**
 * Messages of TensorBoard's event files.
 *
 * @source tensorboard/compat/proto/{event,summary,tensor,tensor_shape}.proto
 */

const dataClassTensor = 2;
const floats = 1;
const doubles = 2;
const strings = 7;

/** One entry of a summary, under a tag. */
export type SummaryValue = Field;

export function versionEvent(timeMs: number): Buffer {
  return messageOf(doubleField(1, timeMs / 1000), bytesField(3, "brain.Event:2"));
}

export function summaryEvent(step: number, timeMs: number, values: readonly SummaryValue[]): Buffer {
  return messageOf(doubleField(1, timeMs / 1000), intField(2, step), messageField(5, ...values));
}

/** A number, which TensorBoard keeps as float32. */
export function scalarValue(tag: string, value: number): SummaryValue {
  return messageField(1, bytesField(1, tag), floatField(2, value));
}

/** A PNG. */
export function imageValue(tag: string, png: Buffer, width: number, height: number): SummaryValue {
  const image = messageField(4, intField(1, height), intField(2, width), intField(3, 4), bytesField(4, png));
  return messageField(1, bytesField(1, tag), image);
}

/** A text, which TensorBoard shows as Markdown. */
export function textValue(tag: string, text: string): SummaryValue {
  const tensor = messageField(8, intField(1, strings), shape(1), bytesField(8, text));
  return messageField(1, bytesField(1, tag), tensor, metadata("text"));
}

/** Buckets [left edge, right edge, count]. */
export function histogramValue(tag: string, edges: readonly number[], counts: readonly number[]): SummaryValue {
  const finite = finiteEdges(edges);
  const values = Float64Array.from(counts.flatMap((count, index) => [finite[index]!, finite[index + 1]!, count]));
  const content = bytesField(4, Buffer.from(values.buffer));
  const tensor = messageField(8, intField(1, doubles), shape(counts.length, 3), content);
  return messageField(1, bytesField(1, tag), tensor, metadata("histograms"));
}

/** What a plugin of TensorBoard's reads from the metadata; it carries a tensor for form's sake. */
export function pluginValue(tag: string, plugin: string, content: Buffer): SummaryValue {
  const tensor = messageField(8, intField(1, floats), shape(1), bytesField(4, Buffer.alloc(4)));
  return messageField(1, bytesField(1, tag), tensor, metadata(plugin, bytesField(2, content)));
}

export interface ReadEvent {
  readonly step: number;
  /** Whole milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly tags: readonly string[];
}

/** Step, time and tags of an event. */
export function readEvent(event: Buffer): ReadEvent {
  let step = 0;
  let timeMs = 0;
  const tags: string[] = [];
  for (const { number, value } of readFields(event)) {
    if (number === 1 && typeof value === "number") timeMs = Math.round(value * 1000);
    if (number === 2 && typeof value === "number") step = value;
    if (number !== 5 || typeof value === "number") continue;
    for (const entry of readFields(value)) {
      if (entry.number !== 1 || typeof entry.value === "number") continue;
      for (const part of readFields(entry.value)) {
        if (part.number === 1 && typeof part.value !== "number") tags.push(part.value.toString("utf8"));
      }
    }
  }
  return { step, timeMs, tags };
}

function metadata(plugin: string, ...content: readonly Field[]): Field {
  return messageField(9, messageField(1, bytesField(1, plugin), ...content), intField(4, dataClassTensor));
}

function shape(...sizes: readonly number[]): Field {
  return messageField(2, ...sizes.map((size) => messageField(2, intField(1, size))));
}

/** TensorBoard draws no bucket without an end: one that has none ends where it begins. */
function finiteEdges(edges: readonly number[]): readonly number[] {
  const known = edges.filter(Number.isFinite);
  const [least = 0, most = 0] = [known[0], known.at(-1)];
  return edges.map((edge) => (Number.isFinite(edge) ? edge : edge > 0 ? most : least));
}
