import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Corpus, type SafetyGate, TokenizerPoint } from "codex-core";
import {
  createFromPlugin,
  createTemporaryFolder,
  describeTokenizer,
  rejection,
  removeTemporaryFolders,
  restoreFromPlugin,
} from "codex-core/testing";
import plugin, { CharTokenizer } from "codex-plugin-tokenizer-char";

const corpusOf = (...texts: string[]): Corpus => ({
  fingerprint: async () => "",
  async *documents() {
    for (const [index, text] of texts.entries()) yield { id: `${index}.txt`, text };
  },
});

const gateOf = (change: (text: string) => string | undefined): SafetyGate => ({
  fingerprint: "",
  inspect: async (texts) => texts.map(change),
  stream: () => ({ push: async (text) => text, end: async () => "" }),
});

const fit = (corpus: Corpus, options = {}, safety = gateOf((text) => text)) =>
  createFromPlugin(plugin, TokenizerPoint, "char", { options, dependencies: { corpus, safety } });

const restore = (folder: string) => restoreFromPlugin(plugin, TokenizerPoint, "char", folder);

const sentences = ["the cat sat on the mat.\n", "a cat is not a hat, and that is that", "mat mat mat mat mat"];

describeTokenizer("char", () => fit(corpusOf(...sentences)), { restore, texts: sentences });
describeTokenizer("char beyond ASCII", () => fit(corpusOf("naïve 🐋🐋 façade", "\u{10ffff} end of Unicode")), {
  restore,
  texts: ["naïve 🐋🐋 façade", "\u{10ffff} end of Unicode"],
});

describe("CharTokenizer", () => {
  afterEach(removeTemporaryFolders);

  it("numbers the code points of the corpus in ascending order behind the unknown", async () => {
    const tokenizer = await fit(corpusOf("cab", "a🐋b"));
    expect(tokenizer.vocabSize).to.equal(5);
    expect([...tokenizer.encode("abc🐋")]).to.deep.equal([1, 2, 3, 4]);
    expect([...(await fit(corpusOf("ba🐋", "c"))).encode("abc🐋")]).to.deep.equal([1, 2, 3, 4]);
  });

  it("gives unknown characters and lone surrogates one id that decodes to U+FFFD", async () => {
    const tokenizer = await fit(corpusOf("ab"));
    const tokenIds = tokenizer.encode("a€\ud83d\udc0bb\ud83d");
    expect([...tokenIds]).to.deep.equal([1, 0, 0, 2, 0]);
    expect(tokenizer.decode(tokenIds)).to.equal("a\ufffd\ufffdb\ufffd");
    expect(tokenizer.decode(tokenIds, { skipSpecial: true })).to.equal("ab");
  });

  it("gives offsets in UTF-16 units", async () => {
    const tokenizer = await fit(corpusOf("a🐋b"));
    const [row] = tokenizer.encodeBatch(["🐋a🐋b"], { maxLength: 9, padding: "none", truncation: "cut" });
    expect([...row!.offsets]).to.deep.equal([0, 2, 3, 5]);
  });

  it("decodes texts that are longer than a chunk", async () => {
    const text = "abc".repeat(10_000);
    const tokenizer = await fit(corpusOf("abc"));
    expect(tokenizer.decode(tokenizer.encode(text))).to.equal(text);
  });

  it("leaves rare characters to the unknown when asked to", async () => {
    expect((await fit(corpusOf("aab", "b c"), { minCount: 2 })).vocabSize).to.equal(3);
  });

  it("learns nothing of what a safety filter takes out", async () => {
    const gate = gateOf((text) => (text.includes("drop") ? undefined : text.replace("7", "*")));
    const tokenizer = await fit(corpusOf("pin 7", "drop XYZ"), {}, gate);
    expect(tokenizer.decode(tokenizer.encode("7XYZ*"))).to.equal("\ufffd\ufffd\ufffd\ufffd*");
  });

  it("refuses a corpus without a character", async () => {
    await rejection(() => fit(corpusOf()), "CODEX_TOKENIZER_CHAR_CORPUS_EMPTY");
    await rejection(() => fit(corpusOf("abc"), { minCount: 2 }), "CODEX_TOKENIZER_CHAR_CORPUS_EMPTY");
  });

  it("names the id that it cannot decode", async () => {
    const error = await rejection(() => new CharTokenizer([97]).decode([1, 2]), "CODEX_TOKENIZER_ID_UNKNOWN");
    expect(error.what).to.contain("Token id 2");
    expect(error.where).to.equal("position 1");
  });

  it("changes its fingerprint with the vocabulary alone", () => {
    expect(new CharTokenizer([97, 98]).fingerprint).to.equal(new CharTokenizer([97, 98]).fingerprint);
    expect(new CharTokenizer([97, 98]).fingerprint).not.to.equal(new CharTokenizer([97, 99]).fingerprint);
  });

  describe("restored from a saved folder", () => {
    const damage = async (change: (saved: { codePoints: unknown; type?: string }) => unknown) => {
      const folder = await createTemporaryFolder();
      await new CharTokenizer([97, 98]).save(folder);
      const path = join(folder, "tokenizer.json");
      const saved = JSON.parse(await readFile(path, "utf8"));
      await writeFile(path, JSON.stringify(change(saved)));
      return rejection(() => restore(folder), "CODEX_TOKENIZER_SAVED_INVALID");
    };

    it("is refused when a file is missing or cut off", async () => {
      const folder = await createTemporaryFolder();
      expect((await rejection(() => restore(folder), "CODEX_TOKENIZER_SAVED_INVALID")).where).to.contain(folder);
      await writeFile(join(folder, "tokenizer.json"), '{"type":"char","codePoints":[97,');
      await rejection(() => restore(folder), "CODEX_TOKENIZER_SAVED_INVALID");
    });

    it("is refused when a code point is changed, out of order, a surrogate or no number", async () => {
      expect((await damage((saved) => ({ ...saved, codePoints: [97, 99] }))).what).to.contain("fingerprint");
      expect((await damage((saved) => ({ ...saved, codePoints: [98, 97] }))).what).to.contain("ascending order");
      expect((await damage((saved) => ({ ...saved, codePoints: [97, 0xd800] }))).what).to.contain("ascending order");
      await damage((saved) => ({ ...saved, codePoints: ["a"] }));
      await damage((saved) => ({ ...saved, codePoints: [97, 0x110000] }));
    });

    it("is refused when it is of another type or holds more", async () => {
      await damage((saved) => ({ ...saved, type: "tiktoken" }));
      await damage((saved) => ({ ...saved, run: "process.exit()" }));
      await damage(() => null);
    });
  });
});
