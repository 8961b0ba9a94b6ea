import { type FileHandle, open } from "node:fs/promises";

/**
 * A file that only grows by whole appends: what a failed one left behind is cut off before the next, so that a record
 * that is written again stands there once.
 */
export class AppendFile {
  private constructor(
    private readonly handle: FileHandle,
    private sizeBytes: number,
  ) {}

  static async open(path: string): Promise<AppendFile> {
    const handle = await open(path, "a");
    return new AppendFile(handle, (await handle.stat()).size);
  }

  async append(text: string): Promise<void> {
    if (text === "") return;
    const bytes = Buffer.from(text, "utf8");
    await this.cut();
    try {
      await this.handle.appendFile(bytes);
    } catch (error) {
      // Nobody shall read half a line until then.
      await this.cut().catch(() => undefined);
      throw error;
    }
    this.sizeBytes += bytes.length;
  }

  async close(): Promise<void> {
    try {
      await this.handle.sync();
    } finally {
      await this.handle.close();
    }
  }

  private async cut(): Promise<void> {
    if ((await this.handle.stat()).size !== this.sizeBytes) await this.handle.truncate(this.sizeBytes);
  }
}
