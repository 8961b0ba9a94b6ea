import { expect } from "chai";
import { Message, MessageWriter } from "../src/protobuf.js";

function written(write: (out: MessageWriter) => void): Buffer {
  const out = new MessageWriter();
  write(out);
  return out.take();
}

describe("protobuf", () => {
  for (const [value, hex] of [
    [0, "0800"],
    [127, "087f"],
    [128, "088001"],
    [16_384, "08808001"],
    [2 ** 32, "088080808010"],
    [Number.MAX_SAFE_INTEGER, "08ffffffffffffff0f"],
  ] as const) {
    it(`writes and reads the number ${value}`, () => {
      const bytes = written((out) => out.number(1, value));
      expect(bytes.toString("hex")).to.equal(hex);
      expect(new Message(bytes).number(1)).to.equal(value);
    });
  }

  for (const length of [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]) {
    it(`writes and reads ${length} letters, in messages too`, () => {
      const long = "x".repeat(length);
      const bytes = written((out) => {
        const inner = out.begin(3);
        out.text(16, long);
        out.number(200, 5);
        out.end(inner);
        out.text(2, "after");
      });
      const read = new Message(bytes);
      expect(read.messages(3)[0]!.text(16)).to.equal(long);
      expect(read.messages(3)[0]!.number(200)).to.equal(5);
      expect(read.text(2)).to.equal("after");
    });
  }

  it("keeps any text, but for halves of letters", () => {
    const odd = "é \u{1f40b} \0 \ud800";
    expect(new Message(written((out) => out.text(1, odd))).text(1)).to.equal("é \u{1f40b} \0 \ufffd");
  });

  it("skips fields of other kinds", () => {
    const bytes = Buffer.from("0d010203041101020304050607081a0161", "hex");
    const read = new Message(bytes);
    expect(read.text(3)).to.equal("a");
    expect([read.has(1), read.has(9), read.number(9), read.text(9)]).to.deep.equal([true, false, 0, ""]);
  });

  it("refuses what is cut", () => {
    const bytes = written((out) => {
      out.text(1, "abc");
      out.number(2, 300);
    });
    for (const size of [1, 2, 4, 6, 7]) {
      expect(() => new Message(bytes.subarray(0, size)), `${size}`).to.throw(RangeError);
    }
  });
});
