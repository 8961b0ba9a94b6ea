import { expect } from "chai";
import { ByteTokenizer } from "codex-core/testing";
import { TextCounter } from "#src/evaluate/text-counter.js";

describe("TextCounter", () => {
  const tokenizer = new ByteTokenizer();
  const text = "Call me  Ishmael.\n海は深い 🐳\ufffd é! ";

  it("counts the same however the tokens are cut, characters of several tokens and words that go on included", () => {
    const ids = [...tokenizer.encode(text)];
    for (const size of [1, 2, 3, 5, 100]) {
      const counter = new TextCounter(tokenizer);
      let [bytes, words] = [0, 0];
      for (let start = 0; start < ids.length; start += size) {
        const counts = counter.push(ids.slice(start, start + size));
        bytes += counts.byteCount;
        words += counts.wordCount;
      }
      expect([size, bytes, words]).to.deep.equal([size, Buffer.byteLength(text), 6]);
    }
  });

  it("takes special tokens for no text, and for the end of a word", () => {
    const counter = new TextCounter(tokenizer);
    const { eos } = tokenizer.special;
    const counts = counter.push([...tokenizer.encode("sea"), eos as number, ...tokenizer.encode("land")]);
    expect(counts).to.deep.equal({ byteCount: 7, wordCount: 2 });
  });

  it("begins a word anew where a text ends", () => {
    const counter = new TextCounter(tokenizer);
    expect(counter.push([...tokenizer.encode("sea")]).wordCount).to.equal(1);
    expect(counter.push([...tokenizer.encode("farer")]).wordCount).to.equal(0);
    counter.end();
    expect(counter.push([...tokenizer.encode("s")]).wordCount).to.equal(1);
  });
});
