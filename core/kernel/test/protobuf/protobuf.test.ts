import { expect } from "chai";
import { ProtobufMessage, ProtobufWriter } from "#src/index.js";

function written(write: (out: ProtobufWriter) => void): Buffer {
  const out = new ProtobufWriter();
  write(out);
  return out.take();
}

const hex = (write: (out: ProtobufWriter) => void): string => written(write).toString("hex");

describe("protobuf", () => {
  it("is that of the specification's examples", () => {
    expect(hex((out) => out.integer(1, 150))).to.equal("089601");
    expect(hex((out) => out.text(2, "testing"))).to.equal("120774657374696e67");
    expect(hex((out) => out.bytes(2, Buffer.from("testing")))).to.equal("120774657374696e67");
    expect(hex((out) => out.message(3, () => out.integer(1, 150)))).to.equal("1a03089601");
    expect(hex((out) => out.integer(1, -2))).to.equal("08feffffffffffffffff01");
    expect(hex((out) => out.double(1, 1))).to.equal("09000000000000f03f");
    expect(hex((out) => out.float(2, 1))).to.equal("150000803f");
  });

  for (const [value, bytes] of [
    [0, "0800"],
    [127, "087f"],
    [128, "088001"],
    [16_384, "08808001"],
    [2 ** 32, "088080808010"],
    [Number.MAX_SAFE_INTEGER, "08ffffffffffffff0f"],
  ] as const) {
    it(`writes and reads the number ${value}`, () => {
      expect(hex((out) => out.integer(1, value))).to.equal(bytes);
      expect(new ProtobufMessage(Buffer.from(bytes, "hex")).integer(1)).to.equal(value);
    });
  }

  for (const length of [0, 1, 64, 65, 127, 128, 4000, 4096, 16_383, 16_384, 2_097_151, 2_097_152]) {
    it(`writes and reads ${length} letters, in messages too`, () => {
      const long = "x".repeat(length);
      const bytes = written((out) => {
        const inner = out.begin(3);
        out.text(16, long);
        out.integer(200, 5);
        out.end(inner);
        out.bytes(2, Buffer.from(long));
        out.double(5, 0.1);
      });
      const read = new ProtobufMessage(bytes);
      expect(read.messages(3)[0]!.text(16)).to.equal(long);
      expect(read.messages(3)[0]!.integer(200)).to.equal(5);
      expect(read.text(2)).to.equal(long);
      expect(read.double(5)).to.equal(0.1);
    });
  }

  it("writes as many small fields as there are, one message after another", () => {
    const out = new ProtobufWriter();
    for (let message = 0; message < 2; message++) {
      for (let at = 0; at < 5000; at++) {
        out.integer(1, at);
        out.float(2, at);
        out.double(3, at);
        out.end(out.begin(4));
      }
      const read = new ProtobufMessage(out.take());
      expect([read.integer(1), read.float(2), read.double(3), read.messages(4).length]).to.deep.equal([
        4999, 4999, 4999, 5000,
      ]);
    }
  });

  it("keeps any text, but for halves of letters", () => {
    for (const [odd, kept] of [
      ["é \u{1f40b} \0 \ud800", "é \u{1f40b} \0 \ufffd"],
      [`${"a".repeat(100)}\ud800é`, `${"a".repeat(100)}\ufffdé`],
      ["abc\u{1f40b}", "abc\u{1f40b}"],
    ] as const) {
      expect(new ProtobufMessage(written((out) => out.text(1, odd))).text(1)).to.equal(kept);
    }
  });

  it("skips fields of other kinds", () => {
    const bytes = Buffer.from("0d010203041101020304050607081a0161", "hex");
    const read = new ProtobufMessage(bytes);
    expect(read.text(3)).to.equal("a");
    expect([read.has(1), read.has(9), read.integer(9), read.float(9), read.double(9), read.text(9)]).to.deep.equal([
      true,
      false,
      0,
      0,
      0,
      "",
    ]);
  });

  it("refuses kinds of fields that there are not", () => {
    for (const kind of [3, 4, 6, 7]) {
      expect(() => new ProtobufMessage(Buffer.of(8 + kind, 0, 0, 0, 0)), `${kind}`).to.throw(RangeError);
    }
  });

  it("refuses what is cut", () => {
    const bytes = written((out) => {
      out.text(1, "abc");
      out.integer(2, 300);
    });
    for (const size of [1, 2, 4, 6, 7]) {
      expect(() => new ProtobufMessage(bytes.subarray(0, size)), `${size}`).to.throw(RangeError);
    }
  });
});
