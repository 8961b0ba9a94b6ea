import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";

/** What a W&B file begins with: ":W&B", a magic number, version 0. */
export const fileHeader = Buffer.from("3a572642e1be00", "hex");

/** Bytes of a block; the file's header counts into the first. */
const blockBytes = 32_768;
/** Checksum u32le, length u16le, type u8. */
const chunkHeaderBytes = 7;

const full = 1;
const first = 2;
const middle = 3;
const last = 4;

/** What each type of chunk begins the checksum with, which is over the type and the data. */
const typeChecksums = [0, full, first, middle, last].map((type) => crc32(Buffer.of(type)));

/** Records as they stand in a file at `offset`: cut into chunks, none of which crosses the border of a block. */
export function frameRecords(records: readonly Buffer[], offset: number): Buffer {
  const framed = Buffer.alloc(records.reduce((size, record) => size + mostBytes(record), 0));
  let at = 0;
  for (const record of records) {
    let from = 0;
    for (let isBegun = false, isDone = false; !isDone; ) {
      const left = blockBytes - ((offset + at) % blockBytes);
      if (left < chunkHeaderBytes) {
        at += left;
        continue;
      }
      const to = Math.min(record.length, from + left - chunkHeaderBytes);
      isDone = to === record.length;
      const type = isDone ? (isBegun ? last : full) : isBegun ? middle : first;
      writeChunk(framed, at, type, type === full ? record : record.subarray(from, to));
      at += chunkHeaderBytes + to - from;
      from = to;
      isBegun = true;
    }
  }
  return framed.subarray(0, at);
}

/** At most as much as a record takes: a chunk more than the blocks it fills, and at each a block's end that is left empty. */
function mostBytes({ length }: Buffer): number {
  const chunks = 2 + Math.floor(length / (blockBytes - chunkHeaderBytes));
  return length + chunks * 2 * chunkHeaderBytes;
}

function writeChunk(out: Buffer, at: number, type: number, data: Buffer): void {
  out.writeUInt32LE(crc32(data, typeChecksums[type]), at);
  out.writeUInt16LE(data.length, at + 4);
  out.writeUInt8(type, at + 6);
  data.copy(out, at + chunkHeaderBytes);
}

export interface FramedRecord {
  readonly data: Buffer;
  /** Where the record ends. */
  readonly end: number;
}

/**
 * The whole records of a file, those that end in one block together, up to the first that is torn or damaged: what comes
 * after it no reader shows. A file whose header is torn has none.
 *
 * @throws Error when the file is not a W&B file
 */
export async function* readRecords(
  path: string,
  size = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly FramedRecord[]> {
  const file = await open(path, "r");
  try {
    /** Of a record that is not at its end. */
    const pieces: Buffer[] = [];
    for (let blockStart = 0; ; blockStart += blockBytes) {
      const block = await readBlock(file, blockStart, Math.min(size - blockStart, blockBytes));
      if (blockStart === 0) checkHeader(block);
      const ended: FramedRecord[] = [];
      const isWhole = readChunks(block, blockStart, pieces, ended);
      if (ended.length > 0) yield ended;
      if (!isWhole || block.length < blockBytes) return;
    }
  } finally {
    await file.close();
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function checkHeader(block: Buffer): void {
  const head = block.subarray(0, fileHeader.length);
  if (!head.equals(fileHeader.subarray(0, head.length))) {
    throw new Error("the file is there already and is no W&B run");
  }
}

/** Reads the chunks of a block; false where one is torn or damaged. */
function readChunks(block: Buffer, blockStart: number, pieces: Buffer[], ended: FramedRecord[]): boolean {
  for (let at = blockStart === 0 ? fileHeader.length : 0; at + chunkHeaderBytes <= block.length; ) {
    const type = block.readUInt8(at + 6);
    const from = at + chunkHeaderBytes;
    const to = from + block.readUInt16LE(at + 4);
    if (to > block.length || type < full || type > last) return false;
    if (block.readUInt32LE(at) !== crc32(block.subarray(at + 6, to))) return false;
    const begins = type === full || type === first;
    if (begins !== (pieces.length === 0)) return false;
    pieces.push(block.subarray(from, to));
    if (type === full || type === last) ended.push({ data: joined(pieces.splice(0)), end: blockStart + to });
    at = to;
  }
  return true;
}

async function readBlock(file: FileHandle, from: number, wanted: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(Math.max(0, wanted));
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await file.read(block, filled, wanted - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block.subarray(0, filled);
}
