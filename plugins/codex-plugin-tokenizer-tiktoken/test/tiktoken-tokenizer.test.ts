import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { TokenizerPoint } from "codex-core";
import {
  createFromPlugin,
  createTemporaryFolder,
  describeTokenizer,
  rejection,
  removeTemporaryFolders,
  restoreFromPlugin,
} from "codex-core/testing";
import plugin from "codex-plugin-tokenizer-tiktoken";
import { encodingNames } from "#src/options.js";

const create = (encoding?: string) =>
  createFromPlugin(plugin, TokenizerPoint, "tiktoken", { options: encoding ? { encoding } : {} });
const restore = (folder: string) => restoreFromPlugin(plugin, TokenizerPoint, "tiktoken", folder);

for (const encoding of encodingNames) {
  describeTokenizer(`tiktoken ${encoding}`, () => create(encoding), {
    restore,
    texts: ["the cat sat on the mat.\n", "🐋 naïve façade, 中文の鯨", "\ufeff  spaces\t\r\n\n  and more"],
  });
}

describe("TiktokenTokenizer", () => {
  afterEach(removeTemporaryFolders);

  it("has the published ids and sizes", async () => {
    const text = "hello world <|endoftext|>";
    const allowed = { allowedSpecial: ["<|endoftext|>"] };
    const gpt2 = await create();
    expect([gpt2.vocabSize, ...gpt2.encode(text, allowed)]).to.deep.equal([50257, 31373, 995, 220, 50256]);
    const cl100k = await create("cl100k_base");
    expect([cl100k.vocabSize, ...cl100k.encode(text, allowed)]).to.deep.equal([100277, 15339, 1917, 220, 100257]);
    const o200k = await create("o200k_base");
    expect([o200k.vocabSize, ...o200k.encode(text, allowed)]).to.deep.equal([200019, 24912, 2375, 220, 199999]);
  });

  it("allows the special tokens that are named, and no other", async () => {
    const tokenizer = await create("cl100k_base");
    const text = "a<|fim_prefix|>b<|endoftext|>";
    const some = tokenizer.encode(text, { allowedSpecial: ["<|fim_prefix|>", "<|no such token|>"] });
    expect([...some])
      .to.include(100258)
      .and.not.include(100257);
    expect(tokenizer.decode(some)).to.equal(text);
    expect(tokenizer.decode(tokenizer.encode(text, { allowedSpecial: "all" }), { skipSpecial: true })).to.equal("ab");
  });

  it("decodes parts of a character to U+FFFD", async () => {
    const tokenizer = await create();
    const tokenIds = tokenizer.encode("🐋");
    expect(tokenIds.length).to.be.greaterThan(1);
    expect(tokenizer.decode(tokenIds.slice(0, -1))).to.equal("\ufffd");
    expect(tokenizer.decode(tokenIds)).to.equal("🐋");
  });

  it("decodes ids that the encoding leaves unused, and refuses those outside it", async () => {
    const tokenizer = await create("cl100k_base");
    expect(tokenizer.decode([100261])).to.equal("\ufffd");
    for (const id of [100277, -1, 0.5]) {
      const error = await rejection(() => tokenizer.decode([0, id]), "CODEX_TOKENIZER_ID_UNKNOWN");
      expect(error.what).to.contain(`Token id ${id}`);
    }
  });

  it("gives the UTF-16 index of the character that a token starts in", async () => {
    const tokenizer = await create();
    const text = "é🐋x\ud83dy";
    const [row] = tokenizer.encodeBatch([text], { maxLength: 50, padding: "none", truncation: "cut" });
    const first = tokenizer.encode("é").length;
    const whale = tokenizer.encode("🐋").length;
    const expected = [
      ...Array(first).fill(0),
      ...Array(whale).fill(1),
      3,
      ...Array(tokenizer.encode("\ufffd").length).fill(4),
      5,
    ];
    expect([...row!.offsets]).to.deep.equal(expected);
  });

  it("pads with the end-of-text token, masked", async () => {
    const tokenizer = await create();
    const rows = tokenizer.encodeBatch(["a b", "a"], { maxLength: 4, padding: "longest", truncation: "cut" });
    expect([...rows[1]!.tokenIds]).to.deep.equal([64, 50256]);
    expect([...rows[1]!.mask]).to.deep.equal([1, 0]);
  });

  it("refuses what was saved by another vocabulary, or is damaged", async () => {
    const folder = await createTemporaryFolder();
    await rejection(() => restore(folder), "CODEX_TOKENIZER_SAVED_INVALID");
    await (await create()).save(folder);
    const path = join(folder, "tokenizer.json");
    const saved = await readFile(path, "utf8");
    for (const damaged of [
      saved.replace("gpt2", "cl100k_base"),
      saved.replace("gpt2", "../../x"),
      saved.replace(/"fingerprint":"./, '"fingerprint":"x'),
      saved.slice(0, 20),
      " ".repeat(70_000),
    ]) {
      await writeFile(path, damaged);
      const error = await rejection(() => restore(folder), "CODEX_TOKENIZER_SAVED_INVALID");
      expect(error.where).to.equal(path);
    }
  });
});
