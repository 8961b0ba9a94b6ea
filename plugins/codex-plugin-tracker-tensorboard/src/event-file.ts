import { createReadStream } from "node:fs";
import { AppendFile } from "codex-core";
import { maskedCrc32c } from "./crc32c.js";

/** Length and its CRC before an event, the CRC of the event after it. */
const headBytes = 12;
const tailBytes = 4;

/** An event as a record of an event file. @source tensorboard/summary/writer/record_writer.py */
export function recordOf(event: Buffer): Buffer {
  const record = Buffer.alloc(headBytes + event.length + tailBytes);
  record.writeBigUInt64LE(BigInt(event.length));
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  event.copy(record, headBytes);
  record.writeUInt32LE(maskedCrc32c(event), headBytes + event.length);
  return record;
}

/** A file of events: what a crash left behind the last whole one is cut off when it is opened. */
export class EventFile {
  private constructor(private readonly file: AppendFile) {}

  /** @param onEvent told of each event that is there */
  static async open(path: string, onEvent: (event: Buffer) => void): Promise<EventFile> {
    const file = await AppendFile.open(path);
    try {
      await file.cutTo(await readEvents(path, onEvent));
      return new EventFile(file);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
  }

  get isEmpty(): boolean {
    return this.file.sizeBytes === 0;
  }

  append(events: readonly Buffer[]): Promise<void> {
    return this.file.append(Buffer.concat(events.map(recordOf)));
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
  if (bytes.readUInt32LE(at + 8) !== maskedCrc32c(bytes.subarray(at, at + 8))) return "damaged";
  const length = Number(bytes.readBigUInt64LE(at));
  const end = at + headBytes + length;
  if (end + tailBytes > bytes.length) return undefined;
  const event = bytes.subarray(at + headBytes, end);
  return bytes.readUInt32LE(end) === maskedCrc32c(event) ? event : "damaged";
}
