import { Decompress } from "fzstd";
import xxhash from "xxhash-wasm";
import { ByteReader } from "./byte-reader.js";

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
const maxBlockBytes = 128 * 2 ** 10;
/** The decoder knows no longer distances. Compressors go beyond it only from level 20 on, or for long distances. */
const maxWindowBytes = 32 * 2 ** 20;

interface FrameHeader {
  readonly bytes: Buffer;
  /** Bytes that the frame says to hold, where it does. */
  readonly contentSize: bigint | undefined;
  readonly hasChecksum: boolean;
}

/**
 * What Zstandard frames decompress to, block by block: of several frames, one after the other; skippable ones are passed
 * over. In memory are a frame's window, of at most 32 MiB, and a block. Sizes and checksums that frames carry are
 * compared.
 *
 * @source RFC 8878, Zstandard Compression and the 'application/zstd' Media Type, section 3.1
 * @throws Error in a few words for data that is damaged, cut off, or needs more than that.
 */
export async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const input = new ByteReader(chunks);
  while (!(await input.isAtEnd())) {
    const magic = await input.take(4);
    const number = magic.readUInt32LE();
    if (number === frameMagic) yield* contentOf(input, await headerOf(input, magic));
    else if ((number & 0xfffffff0) >>> 0 === skippableMagic) await input.skip((await input.take(4)).readUInt32LE());
    else throw new Error("no Zstandard frame begins where one should");
  }
}

async function headerOf(input: ByteReader, magic: Buffer): Promise<FrameHeader> {
  const descriptor = await input.take(1);
  const flags = descriptor[0]!;
  if (flags & 8) throw new Error("a frame's header has a reserved bit set");
  const isSingleSegment = (flags & 32) !== 0;
  const window = await input.take(isSingleSegment ? 0 : 1);
  const dictionary = await input.take([0, 1, 2, 4][flags & 3]!);
  const size = await input.take([isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!);
  if (dictionary.some((byte) => byte !== 0)) throw new Error("a frame needs a dictionary");
  const contentSize = contentSizeOf(size);
  const windowBytes = isSingleSegment ? Number(contentSize) : windowBytesOf(window[0]!);
  if (windowBytes > maxWindowBytes) {
    const problem = `a frame needs a window of ${Math.ceil(windowBytes / 2 ** 20)} MiB, and at most 32 are supported`;
    const fix = "Compress the file again, with a level of at most 19 and without --long.";
    throw Object.assign(new Error(problem), { fix });
  }
  const bytes = Buffer.concat([magic, descriptor, window, dictionary, size]);
  return { bytes, contentSize, hasChecksum: (flags & 4) !== 0 };
}

function contentSizeOf(field: Buffer): bigint | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return field.readBigUInt64LE();
  return BigInt(field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0));
}

function windowBytesOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The decoder is given whole blocks, so that it holds none back, and checks no checksum itself. */
async function* contentOf(input: ByteReader, { bytes, contentSize, hasChecksum }: FrameHeader): AsyncGenerator<Buffer> {
  const decoded: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => decoded.push(chunk));
  const hash = (await xxhash()).create64();
  let size = 0n;
  decoder.push(bytes);
  for (let isLast = false; !isLast; ) {
    const block = await blockOf(input);
    isLast = block.isLast;
    decoder.push(block.bytes, isLast && !hasChecksum);
    const checksum = isLast && hasChecksum ? await input.take(4) : undefined;
    if (checksum) decoder.push(checksum, true);
    for (const chunk of decoded.splice(0)) {
      hash.update(chunk);
      size += BigInt(chunk.length);
      if (size > (contentSize ?? size)) throw new Error("a frame holds more than its header says");
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    }
    if (checksum && Number(hash.digest() & 0xffffffffn) !== checksum.readUInt32LE()) {
      throw new Error("a frame's checksum differs from its content's");
    }
  }
  if (size < (contentSize ?? size)) throw new Error("a frame holds less than its header says");
}

async function blockOf(input: ByteReader): Promise<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  const header = await input.take(3);
  const value = header.readUIntLE(0, 3);
  const size = value >> 3;
  const isRepeatedByte = ((value >> 1) & 3) === 1;
  if (size > maxBlockBytes) throw new Error("a block is larger than blocks may be");
  return { bytes: Buffer.concat([header, await input.take(isRepeatedByte ? 1 : size)]), isLast: (value & 1) === 1 };
}
