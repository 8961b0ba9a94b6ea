/**
 * Fields of protocol buffers, as far as event files need them. A message is the bytes of its fields, one after the other.
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 */
export type Field = Buffer;

const varint = 0;
const fixed64 = 1;
const lengthDelimited = 2;
const fixed32 = 5;

/** A whole number, 0 to 2^53 - 1, or negative: as int32, int64, enum and bool are written. */
export function intField(number: number, value: number): Field {
  return Buffer.concat([tag(number, varint), varintBytes(value)]);
}

export function doubleField(number: number, value: number): Field {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(number, fixed64), bytes]);
}

export function floatField(number: number, value: number): Field {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(number, fixed32), bytes]);
}

/** Bytes, or a text in UTF-8. */
export function bytesField(number: number, value: string | Uint8Array): Field {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return Buffer.concat([tag(number, lengthDelimited), varintBytes(bytes.length), bytes]);
}

export function messageField(number: number, ...fields: readonly Field[]): Field {
  return bytesField(number, Buffer.concat(fields));
}

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

function tag(number: number, kind: number): Buffer {
  return varintBytes(number * 8 + kind);
}

/** The bytes of small numbers, which nearly all are. */
const smallVarints = Array.from({ length: 128 }, (_, value) => Buffer.of(value));

function varintBytes(value: number): Buffer {
  const small = smallVarints[value];
  if (small) return small;
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}
