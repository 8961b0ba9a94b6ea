import { type Named, ProtobufMessage, ProtobufWriter } from "codex-core";

/**
 * Messages of TensorBoard's event files.
 *
 * @source tensorboard/compat/proto/{event,summary,tensor,tensor_shape}.proto
 */

const dataClassTensor = 2;
const floats = 1;
const doubles = 2;
const strings = 7;

const summary = 5;
/** Of a summary: one of its entries. */
const entry = 1;
/** Of an entry. */
const tensor = 8;

/** Writes fields of a message. */
export type WriteFields = (out: ProtobufWriter) => void;

const writer = new ProtobufWriter();

export function versionEvent(timeMs: number): Buffer {
  writer.double(1, timeMs / 1000);
  writer.text(3, "brain.Event:2");
  return writer.take();
}

/** @param entries of a summary, each under a tag */
export function summaryEvent(step: number, timeMs: number, entries: readonly WriteFields[]): Buffer {
  return eventOf(step, timeMs, (out) => {
    for (const write of entries) out.message(entry, write);
  });
}

/** Numbers by their tag, which TensorBoard keeps as float32. */
export function scalarsEvent(step: number, timeMs: number, scalars: Named<number>): Buffer {
  return eventOf(step, timeMs, (out) => {
    for (const tag in scalars) {
      const from = out.begin(entry);
      out.text(1, tag);
      out.float(2, scalars[tag]!);
      out.end(from);
    }
  });
}

function eventOf(step: number, timeMs: number, write: WriteFields): Buffer {
  writer.double(1, timeMs / 1000);
  writer.integer(2, step);
  writer.message(summary, write);
  return writer.take();
}

/** A PNG. */
export function imageValue(tag: string, png: Buffer, width: number, height: number): WriteFields {
  return (out) => {
    out.text(1, tag);
    out.message(4, () => {
      out.integer(1, height);
      out.integer(2, width);
      out.integer(3, 4);
      out.bytes(4, png);
    });
  };
}

/** A text, which TensorBoard shows as Markdown. */
export function textValue(tag: string, text: string): WriteFields {
  return (out) => {
    out.text(1, tag);
    out.message(tensor, () => {
      out.integer(1, strings);
      writeShape(out, 1);
      out.text(8, text);
    });
    writeMetadata(out, "text");
  };
}

/** Buckets [left edge, right edge, count]. */
export function histogramValue(tag: string, edges: readonly number[], counts: readonly number[]): WriteFields {
  const finite = finiteEdges(edges);
  const values = Float64Array.from(counts.flatMap((count, index) => [finite[index]!, finite[index + 1]!, count]));
  return (out) => {
    out.text(1, tag);
    out.message(tensor, () => {
      out.integer(1, doubles);
      writeShape(out, counts.length, 3);
      out.bytes(4, Buffer.from(values.buffer));
    });
    writeMetadata(out, "histograms");
  };
}

/** What a plugin of TensorBoard's reads from the metadata; it carries a tensor for form's sake. */
export function pluginValue(tag: string, plugin: string, writeContent: WriteFields): WriteFields {
  return (out) => {
    out.text(1, tag);
    out.message(tensor, () => {
      out.integer(1, floats);
      writeShape(out, 1);
      out.bytes(4, Buffer.alloc(4));
    });
    writeMetadata(out, plugin, writeContent);
  };
}

export interface ReadEvent {
  readonly step: number;
  /** Whole milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly tags: readonly string[];
}

/** Step, time and tags of an event. */
export function readEvent(event: Buffer): ReadEvent {
  const message = new ProtobufMessage(event);
  const entries = message.messages(summary).flatMap((read) => read.messages(entry));
  return {
    step: message.integer(2),
    timeMs: Math.round(message.double(1) * 1000),
    tags: entries.flatMap((read) => read.texts(1)),
  };
}

function writeMetadata(out: ProtobufWriter, plugin: string, writeContent?: WriteFields): void {
  out.message(9, () => {
    out.message(1, () => {
      out.text(1, plugin);
      if (writeContent) out.message(2, writeContent);
    });
    out.integer(4, dataClassTensor);
  });
}

function writeShape(out: ProtobufWriter, ...sizes: readonly number[]): void {
  out.message(2, () => {
    for (const size of sizes) out.message(2, () => out.integer(1, size));
  });
}

/** TensorBoard draws no bucket without an end: one that has none ends where it begins. */
function finiteEdges(edges: readonly number[]): readonly number[] {
  const known = edges.filter(Number.isFinite);
  const [least = 0, most = 0] = [known[0], known.at(-1)];
  return edges.map((edge) => (Number.isFinite(edge) ? edge : edge > 0 ? most : least));
}
