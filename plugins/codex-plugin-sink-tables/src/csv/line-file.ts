import { type FileHandle, open } from "node:fs/promises";

const flushLength = 1 << 20;

/** A new file that is written in large parts. */
export class LineFile {
  #pending: string[] = [];
  #length = 0;

  private constructor(private readonly handle: FileHandle) {}

  /** Makes the file, gives it to `write`, and closes it, whatever happens. */
  static async write<Value>(path: string, write: (file: LineFile) => Promise<Value>): Promise<Value> {
    const handle = await open(path, "wx");
    try {
      const file = new LineFile(handle);
      const value = await write(file);
      await file.#flush();
      return value;
    } finally {
      await handle.close();
    }
  }

  async add(text: string): Promise<void> {
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length >= flushLength) await this.#flush();
  }

  async #flush(): Promise<void> {
    const text = this.#pending.join("");
    this.#pending = [];
    this.#length = 0;
    await this.handle.writeFile(text);
  }
}
