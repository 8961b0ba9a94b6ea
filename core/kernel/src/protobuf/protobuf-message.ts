/** Bytes of a field by its kind; groups, 3 and 4, are no longer written, and 6 and 7 are no kinds. */
const lengths: readonly (number | undefined)[] = [0, 8, undefined, undefined, undefined, 4];

/**
 * A message of Protocol Buffers that is read. Values are taken out of its bytes only when they are asked for; of a field
 * that there is not, a number is 0 and a text is empty.
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufMessage {
  /** Number, begin and end of each field; of a whole number, the number and its value twice. */
  readonly #fields: number[] = [];
  readonly #data: Buffer;

  /** @throws RangeError when the bytes are no message */
  constructor(data: Buffer) {
    this.#data = data;
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
      const length = kind === 2 ? value : lengths[kind];
      if (length === undefined) throw new RangeError(`a field is of the kind ${kind}`);
      if (at + length > data.length) throw new RangeError("a field is longer than its message");
      if (kind === 0) this.#fields.push(Math.floor(key / 8), value, value);
      else this.#fields.push(Math.floor(key / 8), at, at + length);
      at += length;
    }
  }

  has(field: number): boolean {
    return this.#find(field, () => true).length > 0;
  }

  /** The last value of a whole number that is not negative. */
  integer(field: number): number {
    return this.#find(field, (value) => value).at(-1) ?? 0;
  }

  /** The last value of a float. */
  float(field: number): number {
    return this.#find(field, (from) => this.#data.readFloatLE(from)).at(-1) ?? 0;
  }

  /** The last value of a double. */
  double(field: number): number {
    return this.#find(field, (from) => this.#data.readDoubleLE(from)).at(-1) ?? 0;
  }

  texts(field: number): readonly string[] {
    return this.#find(field, (from, to) => this.#data.toString("utf8", from, to));
  }

  /** The last value of a text. */
  text(field: number): string {
    return this.texts(field).at(-1) ?? "";
  }

  messages(field: number): readonly ProtobufMessage[] {
    return this.#find(field, (from, to) => new ProtobufMessage(this.#data.subarray(from, to)));
  }

  #find<Value>(field: number, take: (from: number, to: number) => Value): Value[] {
    const found: Value[] = [];
    for (let index = 0; index < this.#fields.length; index += 3) {
      if (this.#fields[index] === field) found.push(take(this.#fields[index + 1]!, this.#fields[index + 2]!));
    }
    return found;
  }
}
