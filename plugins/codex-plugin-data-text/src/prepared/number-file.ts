import type { BlockCache } from "./block-cache.js";
import { CheckedFile } from "./checked-file.js";
import { CheckedWriter } from "./checked-writer.js";

const heldNumbers = 8192;

/** Writes whole numbers below 2^53 as uint64, little-endian. */
export class NumberWriter {
  private readonly pending = new BigUint64Array(heldNumbers);
  private count = 0;

  private constructor(private readonly writer: CheckedWriter) {}

  static async create(path: string): Promise<NumberWriter> {
    return new NumberWriter(await CheckedWriter.create(path));
  }

  async append(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      this.pending[this.count++] = BigInt(number);
      if (this.count === heldNumbers) await this.flush();
    }
  }

  async finish(): ReturnType<CheckedWriter["finish"]> {
    await this.flush();
    return this.writer.finish();
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private async flush(): Promise<void> {
    await this.writer.append(new Uint8Array(this.pending.buffer, 0, this.count * 8));
    this.count = 0;
  }
}

/** Whole numbers in a file, read from any place. */
export class NumberFile {
  readonly count: number;

  private constructor(private readonly file: CheckedFile) {
    this.count = Math.floor(file.sizeBytes / 8);
  }

  /** @throws CODEX_DATA_DAMAGED */
  static async open(path: string, cache: BlockCache): Promise<NumberFile> {
    return new NumberFile(await CheckedFile.open(path, cache));
  }

  async read(start: number, count: number): Promise<number[]> {
    const bytes = await this.file.read(start * 8, count * 8);
    const numbers = new BigUint64Array(bytes.buffer, bytes.byteOffset, count);
    return Array.from(numbers, Number);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
