import assert from "node:assert/strict";
import type { Tokenizer, TokenizerWorkerModule } from "../contracts/tokenizer.js";
import { isCodexError } from "../errors/codex-error.js";
import { assertFingerprint, rejection } from "./assertions.js";
import { createTemporaryFolder, removeTemporaryFolders } from "./temporary-folder.js";
import { testRunner } from "./test-runner.js";

export interface TokenizerSuiteSettings {
  /** Re-creates the tokenizer from what `save` wrote. */
  restore(folder: string): Tokenizer | Promise<Tokenizer>;
  /** Texts that the tokenizer can carry without loss; two at least, each of eight characters or more. */
  readonly texts?: readonly string[];
}

const plainTexts = ["the cat sat on the mat.\n", "a cat is not a hat, and that is that", "mat mat mat mat mat"];

/** Conformance suite of the Tokenizer contract. */
export function describeTokenizer(
  name: string,
  create: () => Tokenizer | Promise<Tokenizer>,
  settings: TokenizerSuiteSettings,
): void {
  const { describe, it, afterEach } = testRunner();
  const texts = settings.texts ?? plainTexts;
  const longText = texts.join("");

  describe(`${name} keeps the Tokenizer contract`, () => {
    afterEach(removeTemporaryFolders);

    it("tells its size, fingerprint and special ids", async () => {
      const tokenizer = await create();
      assert.ok(Number.isSafeInteger(tokenizer.vocabSize) && tokenizer.vocabSize > 0);
      assertFingerprint(tokenizer.fingerprint);
      for (const id of Object.values(tokenizer.special)) {
        assert.ok(id === undefined || (Number.isInteger(id) && id >= 0 && id < tokenizer.vocabSize));
      }
    });

    it("gives the same fingerprint and ids when made twice", async () => {
      const [one, two] = [await create(), await create()];
      assert.equal(one.fingerprint, two.fingerprint);
      assert.deepEqual(one.encode(longText), two.encode(longText));
    });

    it("encodes to ids below vocabSize and decodes them to the same text", async () => {
      const tokenizer = await create();
      for (const text of [...texts, longText]) {
        const tokenIds = tokenizer.encode(text);
        assert.ok(tokenIds instanceof Uint32Array);
        assert.ok(tokenIds.every((id) => id < tokenizer.vocabSize));
        assert.equal(tokenizer.decode(tokenIds), text);
        assert.equal(tokenizer.decode([...tokenIds]), text);
      }
    });

    it("encodes an empty text to nothing and back", async () => {
      const tokenizer = await create();
      assert.equal(tokenizer.encode("").length, 0);
      assert.equal(tokenizer.decode([]), "");
    });

    it("refuses to decode an id that it does not have", async () => {
      const tokenizer = await create();
      await rejection(() => tokenizer.decode([tokenizer.vocabSize]));
    });

    it("takes special tokens in a text for plain text unless they are allowed", async () => {
      const tokenizer = await create();
      for (const id of [tokenizer.special.bos, tokenizer.special.eos]) {
        if (id === undefined) continue;
        const text = tokenizer.decode([id]);
        assert.equal(tokenizer.decode([id], { skipSpecial: true }), "");
        assert.deepEqual([...tokenizer.encode(text, { allowedSpecial: "all" })], [id]);
        assert.deepEqual([...tokenizer.encode(text, { allowedSpecial: [text] })], [id]);
        const plain = tryEncode(tokenizer, text);
        assert.ok(plain === undefined || !plain.includes(id));
      }
    });

    it("saves into a folder all that re-creates it, in a worker thread too where it has a module for that", async () => {
      const tokenizer = await create();
      const folder = await createTemporaryFolder();
      await tokenizer.save(folder);
      const restorers = [settings.restore];
      if (tokenizer.workerModule !== undefined) {
        restorers.push(((await import(tokenizer.workerModule)) as TokenizerWorkerModule).restoreTokenizer);
      }
      for (const restore of restorers) {
        const restored = await restore(folder);
        assert.equal(restored.fingerprint, tokenizer.fingerprint);
        assert.equal(restored.vocabSize, tokenizer.vocabSize);
        assert.deepEqual(restored.special, tokenizer.special);
        assert.deepEqual(restored.encode(longText), tokenizer.encode(longText));
      }
    });

    describe("encodeBatch", () => {
      it("keeps the length of rows without padding", async () => {
        const tokenizer = await create();
        const rows = tokenizer.encodeBatch(texts, { maxLength: 10_000, padding: "none", truncation: "cut" });
        assert.equal(rows.length, texts.length);
        for (const [index, row] of rows.entries()) {
          assert.equal(row.textIndex, index);
          assert.deepEqual(row.tokenIds, tokenizer.encode(texts[index]!));
          assert.ok(row.mask.length === row.tokenIds.length && row.mask.every((value) => value === 1));
          assertOffsets(row.offsets, texts[index]!);
        }
      });

      it("pads to the longest row on the side that was asked for", async () => {
        const tokenizer = await create();
        for (const side of ["left", "right"] as const) {
          const rows = tokenizer.encodeBatch(texts, { maxLength: 10_000, padding: "longest", side, truncation: "cut" });
          const longest = Math.max(...texts.map((text) => tokenizer.encode(text).length));
          for (const [index, row] of rows.entries()) {
            const tokens = tokenizer.encode(texts[index]!).length;
            assert.equal(row.tokenIds.length, longest);
            assert.ok(row.tokenIds.every((id) => id < tokenizer.vocabSize));
            const mask = Array.from(row.mask);
            const [ones, zeros] = [Array(tokens).fill(1), Array(longest - tokens).fill(0)];
            assert.deepEqual(mask, side === "left" ? [...zeros, ...ones] : [...ones, ...zeros]);
            assert.ok(mask.every((value, position) => value === 1 || row.offsets[position] === -1));
          }
        }
      });

      it("pads to maxLength and cuts what is longer", async () => {
        const tokenizer = await create();
        const [row] = tokenizer.encodeBatch([longText], { maxLength: 4, padding: "max", truncation: "cut" });
        assert.deepEqual(row!.tokenIds, tokenizer.encode(longText).slice(0, 4));
        const [padded] = tokenizer.encodeBatch([texts[0]!], { maxLength: 500, padding: "max", truncation: "cut" });
        assert.equal(padded!.tokenIds.length, 500);
      });

      it("refuses a text that is too long when truncation is an error", async () => {
        const tokenizer = await create();
        await rejection(() =>
          tokenizer.encodeBatch([longText], { maxLength: 4, padding: "none", truncation: "error" }),
        );
      });

      it("splits a long text into rows that overlap by stride", async () => {
        const tokenizer = await create();
        const tokenIds = Array.from(tokenizer.encode(longText));
        const options = { maxLength: 6, padding: "none", truncation: "split", stride: 2 } as const;
        const rows = tokenizer.encodeBatch(["", longText], options).filter((row) => row.textIndex === 1);
        const joined = rows.flatMap((row, index) => Array.from(row.tokenIds).slice(index === 0 ? 0 : options.stride));
        assert.deepEqual(joined, tokenIds);
        assert.ok(rows.every((row) => row.tokenIds.length <= options.maxLength));
      });
    });
  });
}

function tryEncode(tokenizer: Tokenizer, text: string): Uint32Array | undefined {
  try {
    return tokenizer.encode(text);
  } catch (error) {
    if (isCodexError(error)) return undefined;
    throw error;
  }
}

function assertOffsets(offsets: Int32Array, text: string): void {
  let last = 0;
  for (const offset of offsets) {
    assert.ok(offset >= last && offset < text.length, "offsets rise and stay inside the text");
    last = offset;
  }
  assert.ok(offsets.length === 0 || offsets[0] === 0, "the first token starts the text");
}
