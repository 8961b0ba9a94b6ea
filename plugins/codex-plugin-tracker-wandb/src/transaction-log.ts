import { type FileHandle, open } from "node:fs/promises";
import { type FramedRecord, fileHeader, frameRecords, readRecords } from "./framing.js";

/**
 * A `run-ID.wandb` file, which only grows by whole records. What a failed append left behind is cut off before
 * anything else is done, so that a batch is there wholly or, after a crash, up to some record. No descriptor is held
 * between appends.
 */
export class TransactionLog {
  private constructor(
    readonly path: string,
    private size: number,
    /** Whether there may be more in the file than its size says. */
    private isDirty: boolean,
  ) {}

  /** Begins a file anew. */
  static async create(path: string): Promise<TransactionLog> {
    await (await open(path, "w")).close();
    const log = new TransactionLog(path, 0, false);
    await log.appendBytes(fileHeader);
    return log;
  }

  /** Goes on with a file of which `size` bytes are to be kept. */
  static async openAt(path: string, size: number): Promise<TransactionLog> {
    const log = new TransactionLog(path, size, true);
    await log.withFile(async () => undefined);
    return log;
  }

  async append(records: readonly Buffer[]): Promise<void> {
    if (records.length === 0) return;
    await this.appendBytes(frameRecords(records, this.size));
  }

  records(): AsyncGenerator<readonly FramedRecord[]> {
    return readRecords(this.path, this.size);
  }

  /** Makes sure that what was appended outlives the machine. */
  async sync(): Promise<void> {
    await this.withFile((file) => file.sync());
  }

  private async appendBytes(bytes: Buffer): Promise<void> {
    await this.withFile(async (file) => {
      this.isDirty = true;
      for (let written = 0; written < bytes.length; ) {
        const rest = bytes.length - written;
        written += (await file.write(bytes, written, rest, this.size + written)).bytesWritten;
      }
      this.size += bytes.length;
      this.isDirty = false;
    });
  }

  private async withFile(action: (file: FileHandle) => Promise<void>): Promise<void> {
    const file = await open(this.path, "r+");
    try {
      if (this.isDirty) await file.truncate(this.size);
      this.isDirty = false;
      await action(file);
    } finally {
      await file.close();
    }
  }
}
