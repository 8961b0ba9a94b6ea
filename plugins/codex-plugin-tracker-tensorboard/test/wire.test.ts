import { expect } from "chai";
import {
  bytesField,
  doubleField,
  type Field,
  floatField,
  intField,
  messageField,
  messageOf,
  readFields,
} from "#src/wire.js";

const hex = (field: Field): string => messageOf(field).toString("hex");

describe("the wire format", () => {
  it("is that of the specification's examples", () => {
    expect(hex(intField(1, 150))).to.equal("089601");
    expect(hex(bytesField(2, "testing"))).to.equal("120774657374696e67");
    expect(hex(messageField(3, intField(1, 150)))).to.equal("1a03089601");
    expect(hex(intField(1, -2))).to.equal("08feffffffffffffffff01");
    expect(hex(intField(2, Number.MAX_SAFE_INTEGER))).to.equal("10ffffffffffffff0f");
    expect(hex(doubleField(1, 1))).to.equal("09000000000000f03f");
    expect(hex(floatField(2, 1))).to.equal("150000803f");
    expect(hex(bytesField(1, "\ud800"))).to.equal("0a03efbfbd");
  });

  it("takes messages of any length, one within another", () => {
    for (const length of [0, 127, 128, 129, 16_383, 16_384, 3_000_000]) {
      const text = "x".repeat(length);
      const [outer] = readFields(messageOf(messageField(1, messageField(2, bytesField(3, text)))));
      const [middle] = readFields(outer!.value as Buffer);
      const [inner] = readFields(middle!.value as Buffer);
      expect([outer!.number, middle!.number, inner!.number]).to.deep.equal([1, 2, 3]);
      expect(String(inner!.value) === text).to.equal(true);
    }
  });

  it("is read again", () => {
    const message = messageOf(intField(1, 300), doubleField(2, -0.5), bytesField(20, "a"), floatField(4, 2));
    expect([...readFields(message)].map(({ number, value }) => [number, String(value)])).to.deep.equal([
      [1, "300"],
      [2, "-0.5"],
      [20, "a"],
      [4, "2"],
    ]);
    for (let length = 1; length < message.length; length++) {
      try {
        for (const field of readFields(message.subarray(0, length))) expect(field.number).to.be.oneOf([1, 2, 20, 4]);
      } catch (error) {
        expect(error).to.be.instanceOf(RangeError);
      }
    }
  });
});
