import { expect } from "chai";
import type { JsonObject, SafetyFilter, SafetyVerdict } from "codex-core";
import { rejection, WordFilter } from "codex-core/testing";
import fc from "fast-check";
import { FilterGate, type SafetyGateSettings } from "#src/run/safety-gate.js";

describe("FilterGate", () => {
  let events: JsonObject[];

  beforeEach(() => {
    events = [];
  });

  function gate(filters: { [name: string]: SafetyFilter }, settings: Partial<SafetyGateSettings> = {}): FilterGate {
    const signal = new AbortController().signal;
    return new FilterGate(filters, { signal, limitMs: 50, onVerdict: (facts) => events.push(facts), ...settings });
  }

  const filterOf = (inspect: SafetyFilter["inspect"], maxMatchLength = 10): SafetyFilter => ({
    fingerprint: "f".repeat(64),
    maxMatchLength,
    inspect,
  });

  it("lets texts pass as they are when there is no filter, or no filter objects", async () => {
    expect(await gate({}).inspect(["a", "b"], "data")).to.deep.equal(["a", "b"]);
    expect(await gate({ word: new WordFilter("x") }).inspect(["a", ""], "data")).to.deep.equal(["a", ""]);
    expect(events).to.deep.equal([]);
  });

  it("has one fingerprint that each filter changes", () => {
    const [none, one, two] = [gate({}), gate({ a: new WordFilter("x") }), gate({ a: new WordFilter("y") })];
    expect(none.fingerprint).to.match(/^e3b0c44298fc1c14/);
    expect(new Set([none.fingerprint, one.fingerprint, two.fingerprint]).size).to.equal(3);
  });

  it("redacts what any filter redacts, overlaps as one", async () => {
    const filters = { first: new WordFilter("abcd"), second: new WordFilter("cdef"), third: new WordFilter("zz") };
    expect(await gate(filters).inspect(["1 abcdef 2 abcd 3 zzz", "zz"], "prompt")).to.deep.equal([
      "1 [redacted] 2 [redacted] 3 [redacted]",
      "[redacted]",
    ]);
  });

  it("drops a document, and refuses what would be dropped elsewhere", async () => {
    const filters = { drop: new WordFilter("bad", "drop") };
    expect(await gate(filters).inspect(["good", "bad"], "data")).to.deep.equal(["good", undefined]);
    await rejection(() => gate(filters).inspect(["bad"], "prompt"), "CODEX_SAFETY_REFUSED");
  });

  it("refuses with exit code 3, naming the filter and the document", async () => {
    const refusing = gate({ strict: new WordFilter("bad", "refuse") });
    const error = await rejection(
      () => refusing.inspect(["ok", "so bad"], "data", ["a.txt", "b.txt"]),
      "CODEX_SAFETY_REFUSED",
    );
    expect(error.exitCode).to.equal(3);
    expect(error.message).to.include("strict refuses a document: word");
    expect(error.where).to.equal("b.txt");
  });

  it("records each verdict that is not `allow`, without the text", async () => {
    await gate({ word: new WordFilter("secret") }).inspect(["ok", "my secret"], "data", ["a", "b"]);
    const spans = [{ start: 3, end: 9, rule: "word" }];
    expect(events).to.deep.equal([{ filter: "word", stage: "data", action: "redact", spans, name: "b" }]);
    expect(JSON.stringify(events)).to.not.include("secret");
  });

  describe("fails closed when a filter", () => {
    const allow: SafetyVerdict = { action: "allow", spans: [] };
    const broken: { readonly [title: string]: SafetyFilter["inspect"] } = {
      throws: () => Promise.reject(new Error("out of memory")),
      "throws at once": () => {
        throw new Error("out of memory");
      },
      "never answers": () => new Promise(() => undefined),
      "answers for fewer texts": async () => [allow],
      "answers with nothing": async () => undefined as never,
      "answers something else": async () => [allow, { action: "maybe", spans: [] } as never],
      "redacts without saying where": async () => [allow, { action: "redact", spans: [] }],
      "points outside the text": async () => [allow, { action: "redact", spans: [{ start: 0, end: 99, rule: "x" }] }],
    };
    for (const [title, inspect] of Object.entries(broken)) {
      it(title, async () => {
        const error = await rejection(
          () => gate({ weak: filterOf(inspect) }).inspect(["a", "b"], "data"),
          "CODEX_SAFETY_REFUSED",
        );
        expect(error.message).to.include("the filter failed");
        expect(events.at(-1)).to.deep.include({ filter: "weak", action: "refuse" });
      });
    }

    it("unless the config says that it is optional: then it is reported and left out", async () => {
      const skipped: string[] = [];
      const filters = { weak: filterOf(() => Promise.reject(new Error("gone"))), word: new WordFilter("bad") };
      const loose = gate(filters, { isTolerant: (name) => name === "weak", onSkipped: (name) => skipped.push(name) });
      expect(await loose.inspect(["bad"], "data")).to.deep.equal(["[redacted]"]);
      await loose.inspect(["bad"], "data");
      expect(skipped).to.deep.equal(["weak"]);
      expect(loose.fingerprint).to.equal(gate({ word: new WordFilter("bad") }).fingerprint);
      expect(loose.fingerprint).to.not.equal(gate(filters).fingerprint);
    });
  });

  it("passes an abort on, which is no refusal", async () => {
    const controller = new AbortController();
    const waiting = filterOf(
      (_texts, _stage, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const inspecting = gate({ waiting }, { signal: controller.signal, limitMs: 5000 }).inspect(["a"], "data");
    controller.abort();
    const error = await inspecting.catch((reason: unknown) => reason);
    expect(error).to.equal(controller.signal.reason);
  });

  describe("as a stream", () => {
    async function pass(filtering: FilterGate, pieces: readonly string[]): Promise<string[]> {
      const stream = filtering.stream("completion");
      const passed: string[] = [];
      for (const piece of pieces) passed.push(await stream.push(piece));
      passed.push(await stream.end());
      return passed;
    }

    it("holds text back until a match across pieces can be seen", async () => {
      const passed = await pass(gate({ word: new WordFilter("secret") }), ["a sec", "ret b", "", "cdefgh"]);
      expect(passed.join("")).to.equal("a [redacted] bcdefgh");
      expect(passed[0]).to.equal("");
    });

    it("lets text pass at once when there is no filter", async () => {
      expect(await pass(gate({}), ["a", "b"])).to.deep.equal(["a", "b", ""]);
    });

    it("refuses before any of the match has gone out", async () => {
      const stream = gate({ word: new WordFilter("secret", "refuse") }).stream("completion");
      let out = await stream.push("tell: sec");
      await rejection(async () => {
        out += await stream.push("ret!");
        out += await stream.end();
      }, "CODEX_SAFETY_REFUSED");
      expect(out).to.not.include("s");
    });

    it("asks filters without a longest match about every piece", async () => {
      const refuseAll = filterOf(async (texts) => texts.map(() => ({ action: "refuse", spans: [] }) as const), 0);
      await rejection(() => pass(gate({ all: refuseAll }), ["a"]), "CODEX_SAFETY_REFUSED");
    });

    it("splits no surrogate pair", async () => {
      const whale = "\u{1f40b}";
      const passed = await pass(
        gate({ word: new WordFilter("xyz") }),
        [...(whale + whale + whale)].flatMap((c) => c.split("")),
      );
      expect(passed.join("")).to.equal(whale.repeat(3));
      expect(passed.every((piece) => Buffer.from(piece).toString() === piece)).to.equal(true);
    });

    it("gives the same text as inspecting it whole, however it is cut", async () => {
      const texts = fc.array(fc.constantFrom("a", "b", "ab", "ba", "aab", "\u{1f40b}", " "), { maxLength: 30 });
      await fc.assert(
        fc.asyncProperty(texts, async (pieces) => {
          const filters = { one: new WordFilter("aab"), two: new WordFilter("bb") };
          const [whole] = await gate(filters).inspect([pieces.join("")], "completion");
          const streamed = (await pass(gate(filters), pieces)).join("");
          const plain = (text: string) => text.replaceAll(/(\[redacted\])+/g, "#");
          expect(plain(streamed)).to.equal(plain(whole ?? ""));
        }),
        { numRuns: 200, seed: 7 },
      );
    });

    it("records a verdict once, not for each piece", async () => {
      await pass(gate({ word: new WordFilter("secret") }), [..."a secret that is long gone by now, and more text"]);
      expect(events).to.have.length(1);
    });
  });
});
