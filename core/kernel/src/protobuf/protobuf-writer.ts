const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** Letters of a text up to which a call into Node costs more than its bytes. */
const shortText = 64;

/**
 * Writes messages of Protocol Buffers into one buffer, which is used again for the next. A message is its fields, one
 * after another; fields count from 1.
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  #buffer = Buffer.alloc(4096);
  #size = 0;

  /** A whole number, an enum or a bool (0, 1): as int32, int64, uint32 and uint64 are written. */
  integer(field: number, value: number): void {
    this.#tag(field, varint);
    if (value < 0) this.#varint64(BigInt.asUintN(64, BigInt(value)));
    else this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, fixed32);
    this.#size = this.#buffer.writeFloatLE(value, this.#size);
  }

  double(field: number, value: number): void {
    this.#tag(field, fixed64);
    this.#size = this.#buffer.writeDoubleLE(value, this.#size);
  }

  /** A text in UTF-8; halves of letters become U+FFFD. */
  text(field: number, value: string): void {
    const from = this.begin(field);
    this.#reserve(value.length * 3);
    this.#size += this.#utf8(value);
    this.end(from);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, lengthDelimited);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#size);
    this.#size += value.length;
  }

  /** A message within this one. */
  message(field: number, write: (out: ProtobufWriter) => void): void {
    const from = this.begin(field);
    write(this);
    this.end(from);
  }

  /** Begins a message within this one. `end`, with what this gives, ends it. */
  begin(field: number): number {
    this.#tag(field, lengthDelimited);
    // For the length, which is known at the end only; one byte is mostly enough.
    return ++this.#size;
  }

  end(from: number): void {
    const length = this.#size - from;
    this.#reserve(0);
    this.#size = from - 1;
    if (length >= 128) {
      const lengthBytes = Math.ceil(Math.log2(length + 1) / 7);
      this.#buffer.copyWithin(this.#size + lengthBytes, from, from + length);
    }
    this.#varint(length);
    this.#size += length;
  }

  /** Gives the message, and begins the next. */
  take(): Buffer {
    const message = Buffer.from(this.#buffer.subarray(0, this.#size));
    this.#size = 0;
    return message;
  }

  #tag(field: number, kind: number): void {
    this.#reserve(0);
    this.#varint(field * 8 + kind);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[this.#size++] = (rest % 128) + 128;
    this.#buffer[this.#size++] = rest;
  }

  #varint64(value: bigint): void {
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) this.#buffer[this.#size++] = Number(rest & 0x7fn) + 128;
    this.#buffer[this.#size++] = Number(rest);
  }

  /** Bytes that the text took. */
  #utf8(value: string): number {
    if (value.length > shortText) return this.#buffer.write(value, this.#size, "utf8");
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code >= 128) return this.#buffer.write(value, this.#size, "utf8");
      this.#buffer[this.#size + at] = code;
    }
    return value.length;
  }

  /** Makes room for so many bytes with a tag and a number, or the length of a message, before them. */
  #reserve(bytes: number): void {
    const needed = this.#size + bytes + 32;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.alloc(2 * needed);
    this.#buffer.copy(grown, 0, 0, this.#size);
    this.#buffer = grown;
  }
}
