import { createReadStream } from "node:fs";
import { AppendFile } from "codex-core";
import { maskedCrc32c } from "./crc32c.js";

/** Length and its CRC before an event, the CRC of the event after it. */
const headBytes = 12;
const tailBytes = 4;

/** Events as the records of an event file. @source tensorboard/summary/writer/record_writer.py */
export function recordsOf(events: readonly Buffer[]): Buffer {
  const size = events.reduce((total, { length }) => total + headBytes + length + tailBytes, 0);
  const records = Buffer.alloc(size);
  let at = 0;
  for (const event of events) {
    // The length has eight bytes; no event is so long that it needs more than four.
    records.writeUInt32LE(event.length, at);
    records.writeUInt32LE(maskedCrc32c(records, at, at + 8), at + 8);
    const end = at + headBytes + event.length;
    event.copy(records, at + headBytes);
    records.writeUInt32LE(maskedCrc32c(records, at + headBytes, end), end);
    at = end + tailBytes;
  }
  return records;
}

/** A file of events: what a crash left behind the last whole one is cut off when it is opened. */
export class EventFile {
  private constructor(
    private readonly path: string,
    private readonly file: AppendFile,
  ) {}

  /** @param onEvent told of each event that is there */
  static async open(path: string, onEvent: (event: Buffer) => void): Promise<EventFile> {
    const file = await AppendFile.open(path);
    try {
      await file.cutTo(await readEvents(path, onEvent));
      return new EventFile(path, file);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  get isEmpty(): boolean {
    return this.file.sizeBytes === 0;
  }

  append(events: readonly Buffer[]): Promise<void> {
    return this.file.append(recordsOf(events));
  }

  /** Reads all events. */
  async read(onEvent: (event: Buffer) => void): Promise<void> {
    await readEvents(this.path, onEvent);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Reads the whole events at the beginning of a file; gives where they end. */
async function readEvents(path: string, onEvent: (event: Buffer) => void): Promise<number> {
  let rest = Buffer.alloc(0);
  let readBytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    let at = 0;
    while (true) {
      const event = eventAt(rest, at);
      if (event === "damaged") return readBytes + at;
      if (!event) break;
      onEvent(event);
      at += headBytes + event.length + tailBytes;
    }
    readBytes += at;
    rest = rest.subarray(at);
  }
  return readBytes;
}

/** The event at a place; undefined where it is not whole yet. */
function eventAt(bytes: Buffer, at: number): Buffer | "damaged" | undefined {
  if (at + headBytes > bytes.length) return undefined;
  if (bytes.readUInt32LE(at + 8) !== maskedCrc32c(bytes, at, at + 8)) return "damaged";
  const length = Number(bytes.readBigUInt64LE(at));
  const end = at + headBytes + length;
  if (end + tailBytes > bytes.length) return undefined;
  const event = bytes.subarray(at + headBytes, end);
  return bytes.readUInt32LE(end) === maskedCrc32c(event) ? event : "damaged";
}
