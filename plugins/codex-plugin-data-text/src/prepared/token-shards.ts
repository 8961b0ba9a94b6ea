import { join } from "node:path";
import type { BlockCache } from "./block-cache.js";
import { CheckedFile, damaged } from "./checked-file.js";
import { CheckedWriter, checksumsOf, type WrittenFile } from "./checked-writer.js";
import { type BytesPerToken, bytesOf, bytesPerTokenOf, type TokenArray, tokensOf } from "./token-array.js";

/** Bytes of a shard; a multiple of what a token takes. */
const shardBytes = 128 * 2 ** 20;

/** `NAME-00000.bin`, `NAME-00001.bin` … */
function shardName(name: string, index: number): string {
  return `${name}-${String(index).padStart(5, "0")}.bin`;
}

/** Writes a stream of token ids as shards of one size; nothing but ids is in them, so that any program can read them. */
export class TokenShardWriter {
  readonly files: Record<string, WrittenFile> = {};
  tokenCount = 0;
  private shard: CheckedWriter | undefined;
  private shardCount = 0;
  private roomBytes = 0;

  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly maxBytes = shardBytes,
  ) {}

  async append(tokens: TokenArray): Promise<void> {
    this.tokenCount += tokens.length;
    for (let bytes = bytesOf(tokens); bytes.length > 0; ) {
      if (this.roomBytes === 0) await this.nextShard();
      const piece = bytes.subarray(0, this.roomBytes);
      await this.shard?.append(piece);
      this.roomBytes -= piece.length;
      bytes = bytes.subarray(piece.length);
    }
  }

  async finish(): Promise<void> {
    if (!this.shard) return;
    const name = shardName(this.name, this.shardCount - 1);
    const { file, checksums } = await this.shard.finish();
    this.shard = undefined;
    this.files[name] = file;
    this.files[checksumsOf(name)] = checksums;
  }

  async close(): Promise<void> {
    await this.shard?.close();
    this.shard = undefined;
  }

  private async nextShard(): Promise<void> {
    await this.finish();
    this.shard = await CheckedWriter.create(join(this.folder, shardName(this.name, this.shardCount++)));
    this.roomBytes = this.maxBytes;
  }
}

/** Token ids of shards, read from any place. */
export class TokenShards {
  private constructor(
    /** Of the first shard. */
    private readonly path: string,
    readonly tokenCount: number,
    private readonly shards: readonly CheckedFile[],
    private readonly vocabSize: number,
    private readonly bytesPerToken: BytesPerToken,
  ) {}

  /** @throws CODEX_DATA_DAMAGED when the shards do not hold `tokenCount` tokens. */
  static async open(
    folder: string,
    name: string,
    tokenCount: number,
    vocabSize: number,
    cache: BlockCache,
  ): Promise<TokenShards> {
    const bytesPerToken = bytesPerTokenOf(vocabSize);
    const shards: CheckedFile[] = [];
    try {
      for (let heldBytes = 0; heldBytes < tokenCount * bytesPerToken; ) {
        const shard = await CheckedFile.open(join(folder, shardName(name, shards.length)), cache);
        shards.push(shard);
        heldBytes += shard.sizeBytes;
        const isLast = heldBytes === tokenCount * bytesPerToken;
        if (heldBytes > tokenCount * bytesPerToken || (!isLast && shard.sizeBytes !== shards[0]?.sizeBytes)) {
          throw damaged(shard.path, `its ${shard.sizeBytes} bytes do not fit the manifest's ${tokenCount} tokens`);
        }
      }
    } catch (error) {
      await Promise.all(shards.map((shard) => shard.close()));
      throw error;
    }
    return new TokenShards(join(folder, shardName(name, 0)), tokenCount, shards, vocabSize, bytesPerToken);
  }

  /**
   * `count` ids from `start` on, all below the vocabulary's size. They may be shared: nobody may change them.
   *
   * @throws CODEX_DATA_DAMAGED
   */
  async read(start: number, count: number): Promise<TokenArray> {
    if (start + count > this.tokenCount)
      throw damaged(this.path, `nothing stands behind its ${this.tokenCount} tokens`);
    const bytes = await this.readBytes(start * this.bytesPerToken, count * this.bytesPerToken);
    const tokens = tokensOf(bytes, this.bytesPerToken);
    for (const id of tokens) {
      if (id >= this.vocabSize) {
        throw damaged(this.path, `it holds id ${id}; the vocabulary has ${this.vocabSize} ids`);
      }
    }
    return tokens;
  }

  async close(): Promise<void> {
    await Promise.all(this.shards.map((shard) => shard.close()));
  }

  private async readBytes(start: number, sizeBytes: number): Promise<Uint8Array> {
    const size = this.shards[0]?.sizeBytes ?? 1;
    const shard = this.shards[Math.floor(start / size)];
    const offset = start % size;
    const here = Math.min(sizeBytes, (shard?.sizeBytes ?? 0) - offset);
    if (!shard || here <= 0) throw damaged(this.path, `its shards hold nothing from byte ${start} on`);
    const piece = await shard.read(offset, here);
    if (here === sizeBytes) return piece;
    const rest = await this.readBytes(start + here, sizeBytes - here);
    const bytes = new Uint8Array(sizeBytes);
    bytes.set(piece);
    bytes.set(rest, here);
    return bytes;
  }
}
