import { expect } from "chai";
import type { Tokenizer } from "codex-core";
import { CharacterStream } from "#src/generate/character-stream.js";
import { letters } from "../support/tiny-run.js";

/** A tokenizer whose ids are bytes. */
const bytes: Tokenizer = { ...letters, decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids)) };

/** A tokenizer that writes a space before each word but the first. */
const words: Tokenizer = { ...letters, decode: (ids) => Array.from(ids, (id) => `w${id}`).join(" ") };

function pieces(tokenizer: Tokenizer, ids: Iterable<number>): string[] {
  const stream = new CharacterStream(tokenizer);
  return [...Array.from(ids, (id) => stream.push(id)), stream.end()];
}

describe("CharacterStream", () => {
  it("holds a character back until its last byte is there", () => {
    expect(pieces(bytes, Buffer.from("aé€𝄞b"))).to.deep.equal(["a", "", "é", "", "", "€", "", "", "", "𝄞", "b", ""]);
  });

  it("gives an unfinished character at the end as U+FFFD", () => {
    expect(pieces(bytes, [0x61, 0xe2, 0x82])).to.deep.equal(["a", "", "", "\uFFFD"]);
  });

  it("goes on after bytes that are no character", () => {
    expect(pieces(bytes, [0xff, 0x61, 0x62])).to.deep.equal(["", "\uFFFDa", "b", ""]);
  });

  it("keeps what a token adds after another", () => {
    expect(pieces(words, [1, 2, 3])).to.deep.equal(["w1", " w2", " w3", ""]);
  });

  it("gives all of the text, however long", () => {
    const text = "naïve 北京 🙂 ".repeat(50);
    expect(pieces(bytes, Buffer.from(text)).join("")).to.equal(text);
  });
});
