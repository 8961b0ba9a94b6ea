import { type FileHandle, open } from "node:fs/promises";

/**
 * A file that only grows by whole appends: what a failed one left behind is cut off, so that nobody reads a part of it,
 * and what is written again stands there once.
 */
export class AppendFile {
  readonly #handle: FileHandle;
  #sizeBytes: number;

  private constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
  }

  /** A file that is not there is made. @throws what the system answers, as all members do */
  static async open(path: string): Promise<AppendFile> {
    const handle = await open(path, "a");
    return new AppendFile(handle, (await handle.stat()).size);
  }

  /** Bytes that are whole. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Cuts what is behind so many bytes. */
  async cutTo(sizeBytes: number): Promise<void> {
    this.#sizeBytes = sizeBytes;
    await this.#cut();
  }

  /** Adds bytes, or a text in UTF-8. */
  async append(content: string | Uint8Array): Promise<void> {
    if (content.length === 0) return;
    const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    await this.#cut();
    try {
      await this.#handle.appendFile(bytes);
    } catch (error) {
      // It may be long until the next append.
      await this.#cut().catch(() => undefined);
      throw error;
    }
    this.#sizeBytes += bytes.length;
  }

  /** Makes sure that what was appended outlives the machine. */
  async close(): Promise<void> {
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }

  async #cut(): Promise<void> {
    if ((await this.#handle.stat()).size !== this.#sizeBytes) await this.#handle.truncate(this.#sizeBytes);
  }
}
