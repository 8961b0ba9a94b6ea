/**
 * Fields of protocol buffers, as far as event files need them. A message is the bytes of its fields, one after the other.
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 */
export type Field = (out: MessageWriter) => void;

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** A whole number, 0 to 2^53 - 1, or negative: as int32, int64, enum and bool are written. */
export function intField(number: number, value: number): Field {
  return (out) => {
    out.tag(number, varint);
    out.varint(value);
  };
}

export function doubleField(number: number, value: number): Field {
  return (out) => {
    out.tag(number, fixed64);
    out.double(value);
  };
}

export function floatField(number: number, value: number): Field {
  return (out) => {
    out.tag(number, fixed32);
    out.float(value);
  };
}

/** Bytes, or a text in UTF-8. */
export function bytesField(number: number, value: string | Uint8Array): Field {
  return (out) => {
    out.tag(number, lengthDelimited);
    out.bytes(value);
  };
}

export function messageField(number: number, ...fields: readonly Field[]): Field {
  return (out) => {
    out.tag(number, lengthDelimited);
    out.message(fields);
  };
}

/** The message that fields make. */
export function messageOf(...fields: readonly Field[]): Buffer {
  return writer.write(fields);
}

/** Puts the bytes of a message into one buffer, which is used again: a run tells of its numbers at every step. */
class MessageWriter {
  #buffer = Buffer.alloc(4096);
  #size = 0;

  write(fields: readonly Field[]): Buffer {
    this.#size = 0;
    for (const field of fields) field(this);
    return Buffer.from(this.#buffer.subarray(0, this.#size));
  }

  tag(number: number, kind: number): void {
    this.varint(number * 8 + kind);
  }

  varint(value: number): void {
    this.#reserve(10);
    if (value < 0) this.#negative(value);
    else this.#positive(value);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#size = this.#buffer.writeDoubleLE(value, this.#size);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#size = this.#buffer.writeFloatLE(value, this.#size);
  }

  /** A length and the bytes. */
  bytes(value: string | Uint8Array): void {
    const length = typeof value === "string" ? Buffer.byteLength(value) : value.length;
    this.varint(length);
    this.#reserve(length);
    if (typeof value === "string") this.#buffer.write(value, this.#size, "utf8");
    else this.#buffer.set(value, this.#size);
    this.#size += length;
  }

  /** A length and the fields. */
  message(fields: readonly Field[]): void {
    // One byte is mostly enough for the length, which is known when they are written.
    const at = this.#size;
    this.varint(0);
    for (const field of fields) field(this);
    const length = this.#size - at - 1;
    if (length >= 128) {
      const lengthBytes = Math.ceil(Math.log2(length + 1) / 7);
      this.#reserve(lengthBytes);
      this.#buffer.copyWithin(at + lengthBytes, at + 1, at + 1 + length);
    }
    this.#size = at;
    this.varint(length);
    this.#size += length;
  }

  #positive(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[this.#size++] = (rest % 128) + 128;
    this.#buffer[this.#size++] = rest;
  }

  #negative(value: number): void {
    for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
      const isLast = rest < 128n;
      this.#buffer[this.#size++] = Number(rest & 0x7fn) | (isLast ? 0 : 0x80);
      if (isLast) return;
    }
  }

  #reserve(bytes: number): void {
    if (this.#size + bytes <= this.#buffer.length) return;
    const grown = Buffer.alloc(2 * (this.#size + bytes));
    this.#buffer.copy(grown, 0, 0, this.#size);
    this.#buffer = grown;
  }
}

const writer = new MessageWriter();

/** A field of a message that was read: bytes for fields with a length, a number for others. */
export interface ReadField {
  readonly number: number;
  readonly value: number | Buffer;
}

/**
 * The fields of a message.
 *
 * @throws RangeError where the bytes are no message
 */
export function* readFields(message: Buffer): Generator<ReadField> {
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError("The message ends within a number.");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > message.length) throw new RangeError("The message ends within a field.");
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = readVarint();
    const number = Math.floor(key / 8);
    const kind = key % 8;
    if (kind === varint) yield { number, value: readVarint() };
    else if (kind === fixed64) yield { number, value: take(8).readDoubleLE() };
    else if (kind === fixed32) yield { number, value: take(4).readFloatLE() };
    else if (kind === lengthDelimited) yield { number, value: take(readVarint()) };
    else throw new RangeError(`Fields of the kind ${kind} are not read.`);
  }
}
