import { expect } from "chai";
import { ByteTokenizer } from "codex-core/testing";
import { encodeContinuation } from "#src/evaluate/encode-continuation.js";

describe("encodeContinuation", () => {
  const tokenizer = new ByteTokenizer();
  const encode = (context: string, text: string, contextLength = 8) => {
    const { tokenIds, targetIds, scored } = encodeContinuation({ context, text }, tokenizer, contextLength);
    return [tokenizer.decode(tokenIds), tokenizer.decode(targetIds), scored];
  };

  it("scores the tokens that the text adds", () => {
    expect(encode("the", " sea")).to.deep.equal(["the se", "he sea", 4]);
  });

  it("gives blanks at the context's end to the text", () => {
    expect(encode("the ", "sea")).to.deep.equal(["the se", "he sea", 4]);
  });

  it("begins with the token that texts begin with where the context is empty", () => {
    expect(encode("", "sea")).to.deep.equal(["<eos>se", "sea", 3]);
  });

  it("drops the context's beginning where both do not fit, never the text's", () => {
    expect(encode("the deep", " sea", 5)).to.deep.equal(["ep se", "p sea", 4]);
    expect(encode("the deep", " seas", 5)).to.deep.equal(["p sea", " seas", 5]);
  });

  it("tells whether the context lost its beginning", () => {
    const isCut = (context: string) => encodeContinuation({ context, text: " sea" }, tokenizer, 8).isCut;
    expect([isCut("black"), isCut("indigo")]).to.deep.equal([false, true]);
  });
});
