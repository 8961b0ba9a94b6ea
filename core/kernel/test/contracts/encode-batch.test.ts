import { expect } from "chai";
import { type BatchOptions, type EncodedText, encodeBatchWith, isCodexError } from "codex-core";

const letters = (text: string): EncodedText => ({
  tokenIds: Uint32Array.from([...text], (letter) => letter.charCodeAt(0) - 96),
  offsets: Int32Array.from([...text].keys()),
});

const encode = (texts: string[], options: Partial<BatchOptions>) =>
  encodeBatchWith(texts, { maxLength: 4, padding: "none", truncation: "cut", ...options }, letters, 99).map((row) => ({
    text: row.textIndex,
    ids: [...row.tokenIds],
    mask: [...row.mask],
    offsets: [...row.offsets],
  }));

const codeOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return isCodexError(error) ? error.code : String(error);
  }
  return "nothing was thrown";
};

describe("encodeBatchWith", () => {
  it("keeps the beginning of a text when it cuts", () => {
    expect(encode(["abcdef"], {})).to.deep.equal([
      { text: 0, ids: [1, 2, 3, 4], mask: [1, 1, 1, 1], offsets: [0, 1, 2, 3] },
    ]);
  });

  it("splits into rows that overlap by the stride and cover the text", () => {
    const rows = encode(["abcdefg", "h"], { truncation: "split", stride: 1 });
    expect(rows.map((row) => [row.text, row.ids])).to.deep.equal([
      [0, [1, 2, 3, 4]],
      [0, [4, 5, 6, 7]],
      [1, [8]],
    ]);
    expect(rows[1]?.offsets).to.deep.equal([3, 4, 5, 6]);
  });

  it("pads to the longest row on the side that is asked for", () => {
    const rows = encode(["ab", "c", ""], { padding: "longest", side: "left" });
    expect(rows.map((row) => row.ids)).to.deep.equal([
      [1, 2],
      [99, 3],
      [99, 99],
    ]);
    expect(rows[1]).to.deep.include({ mask: [0, 1], offsets: [-1, 0] });
    expect(encode(["c"], { padding: "max" })[0]).to.deep.include({ ids: [3, 99, 99, 99], mask: [1, 0, 0, 0] });
  });

  it("refuses a text that is too long when truncation is an error", () => {
    expect(codeOf(() => encode(["ab", "abcde"], { truncation: "error" }))).to.equal("CODEX_TOKENIZER_TEXT_TOO_LONG");
  });

  for (const options of [{ maxLength: 0 }, { maxLength: 1.5 }, { stride: 4 }, { stride: -1 }]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(codeOf(() => encode(["a"], { truncation: "split", ...options }))).to.equal(
        "CODEX_TOKENIZER_BATCH_OPTIONS",
      );
    });
  }
});
