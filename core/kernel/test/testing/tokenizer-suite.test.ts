import { expect } from "chai";
import type { EncodedRow } from "codex-core";
import { ByteTokenizer, describeTokenizer } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";
import { runSuite } from "./run-suite.js";

describe("the suite of tokenizers", () => {
  const restore = (folder: string) => ByteTokenizer.restore(folder);
  const tokenizer = (mutant: new () => ByteTokenizer) => () =>
    describeTokenizer("mutant", () => new mutant(), { restore });

  it("passes for a tokenizer that keeps the contract", async () => {
    expect(await runSuite(tokenizer(ByteTokenizer))).to.deep.equal({});
  });

  describeMutants({
    "a tokenizer that loses text": [
      tokenizer(
        class extends ByteTokenizer {
          override decode(ids: ArrayLike<number>): string {
            return super.decode(ids).trimEnd();
          }
        },
      ),
      /decodes them to the same text/,
    ],
    "a tokenizer that takes special tokens in text for such": [
      tokenizer(
        class extends ByteTokenizer {
          override encode(text: string): Uint32Array {
            return super.encode(text, { allowedSpecial: "all" });
          }
        },
      ),
      /special tokens in a text for plain text/,
    ],
    "a tokenizer that pads on the wrong side": [
      tokenizer(
        class extends ByteTokenizer {
          override encodeBatch(...[texts, options]: Parameters<ByteTokenizer["encodeBatch"]>): readonly EncodedRow[] {
            return super.encodeBatch(texts, { ...options, side: "right" });
          }
        },
      ),
      /pads to the longest row/,
    ],
    "a tokenizer that forgets the overlap": [
      tokenizer(
        class extends ByteTokenizer {
          override encodeBatch(...[texts, options]: Parameters<ByteTokenizer["encodeBatch"]>): readonly EncodedRow[] {
            return super.encodeBatch(texts, { ...options, stride: 0 });
          }
        },
      ),
      /overlap by stride/,
    ],
    "a tokenizer that saves too little": [
      () =>
        describeTokenizer("mutant", () => new ByteTokenizer(), {
          restore: () => Object.assign(new ByteTokenizer(), { fingerprint: "0".repeat(64) }),
        }),
      /saves into a folder/,
    ],
  });
});
