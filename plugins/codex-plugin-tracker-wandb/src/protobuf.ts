/** The few parts of Protocol Buffers that W&B's records are made of: a message is its fields, one after another. */
export class MessageWriter {
  private size = 0;
  private buffer = Buffer.alloc(4096);

  /** A non-negative whole number, an enum or a bool. */
  number(field: number, value: number): void {
    this.reserve(20);
    this.varint(field * 8);
    this.varint(value);
  }

  text(field: number, value: string): void {
    const from = this.begin(field);
    this.reserve(value.length * 3);
    this.size += this.buffer.write(value, this.size, "utf8");
    this.end(from);
  }

  /** Begins a message within this one. `end`, with what this gives, ends it. */
  begin(field: number): number {
    this.reserve(20);
    this.varint(field * 8 + 2);
    // For the length, which is known at the end only; one byte is mostly enough.
    return ++this.size;
  }

  end(from: number): void {
    const length = this.size - from;
    if (length >= 128) this.reserve(10);
    this.size = from - 1;
    if (length >= 128) {
      const lengthBytes = Math.ceil(Math.log2(length + 1) / 7);
      this.buffer.copyWithin(this.size + lengthBytes, from, from + length);
    }
    this.varint(length);
    this.size += length;
  }

  /** Gives the message, and begins the next. */
  take(): Buffer {
    const bytes = Buffer.from(this.buffer.subarray(0, this.size));
    this.size = 0;
    return bytes;
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.buffer[this.size++] = (rest % 128) + 128;
    this.buffer[this.size++] = rest;
  }

  private reserve(bytes: number): void {
    if (this.size + bytes <= this.buffer.length) return;
    const grown = Buffer.alloc(2 * (this.size + bytes));
    this.buffer.copy(grown, 0, 0, this.size);
    this.buffer = grown;
  }
}

/** A message's fields. Values are taken out of its bytes only when they are asked for. */
export class Message {
  /** Number, begin and end of each field; of a whole number, the number and its value twice. */
  private readonly fields: number[] = [];

  /** @throws RangeError when the bytes are no message */
  constructor(private readonly data: Buffer) {
    let at = 0;
    const next = (): number => {
      let value = 0;
      for (let scale = 1; at < data.length; scale *= 128) {
        const digit = data[at++]!;
        value += (digit % 128) * scale;
        if (digit < 128) return value;
      }
      throw new RangeError("a field is longer than its message");
    };
    while (at < data.length) {
      const key = next();
      const kind = key % 8;
      const value = kind === 0 || kind === 2 ? next() : 0;
      const length = kind === 0 ? 0 : kind === 2 ? value : kind === 1 ? 8 : 4;
      if (at + length > data.length) throw new RangeError("a field is longer than its message");
      if (kind === 0) this.fields.push(Math.floor(key / 8), value, value);
      else this.fields.push(Math.floor(key / 8), at, at + length);
      at += length;
    }
  }

  has(field: number): boolean {
    return this.find(field, () => true).length > 0;
  }

  /** The last value of a whole number; 0 where there is none. */
  number(field: number): number {
    return this.find(field, (value) => value).at(-1) ?? 0;
  }

  texts(field: number): readonly string[] {
    return this.find(field, (from, to) => this.data.toString("utf8", from, to));
  }

  text(field: number): string {
    return this.texts(field).at(-1) ?? "";
  }

  messages(field: number): readonly Message[] {
    return this.find(field, (from, to) => new Message(this.data.subarray(from, to)));
  }

  private find<Value>(field: number, take: (from: number, to: number) => Value): Value[] {
    const found: Value[] = [];
    for (let index = 0; index < this.fields.length; index += 3) {
      if (this.fields[index] === field) found.push(take(this.fields[index + 1]!, this.fields[index + 2]!));
    }
    return found;
  }
}
