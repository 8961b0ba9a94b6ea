/** Takes exact counts of bytes from chunks of any size. What it gives is the caller's, whatever becomes of the chunks. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#pending.length === 0) if (!(await this.#next())) return true;
    return false;
  }

  /** @throws Error when fewer are left. */
  async take(length: number): Promise<Buffer> {
    const taken = Buffer.allocUnsafe(length);
    await this.#pass(length, (bytes, at) => bytes.copy(taken, at));
    return taken;
  }

  /** @throws Error when fewer are left. */
  async skip(length: number): Promise<void> {
    await this.#pass(length, () => {});
  }

  async #pass(length: number, use: (bytes: Buffer, at: number) => void): Promise<void> {
    for (let at = 0; at < length; ) {
      if (await this.isAtEnd()) throw new Error("it ends too early");
      const bytes = this.#pending.subarray(0, length - at);
      use(bytes, at);
      at += bytes.length;
      this.#pending = this.#pending.subarray(bytes.length);
    }
  }

  async #next(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#pending = Buffer.from(value.buffer, value.byteOffset, value.length);
    return true;
  }
}
