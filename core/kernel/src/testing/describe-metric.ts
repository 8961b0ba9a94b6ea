import assert from "node:assert/strict";
import type { Named } from "../contracts/json.js";
import type {
  Metric,
  MetricAccumulator,
  MetricInput,
  MetricInputs,
  ScoredChoices,
  ScoredText,
  ScoredTokens,
} from "../contracts/metric.js";
import { deepFreeze } from "./assertions.js";
import { testRunner } from "./test-runner.js";

type Item = MetricInputs[MetricInput];

/** Conformance suite of the Metric contract. */
export function describeMetric(name: string, create: () => Metric | Promise<Metric>): void {
  const { describe, it } = testRunner();

  /** A metric, items for it, and accumulators of them. */
  async function subject() {
    const metric = await create();
    const items = deepFreeze(testItems(metric.input));
    const gathered = (some: readonly Item[]): MetricAccumulator<Item> => {
      const accumulator = metric.start();
      for (const item of some) accumulator.add(item);
      return accumulator;
    };
    return { metric, items, gathered };
  }

  describe(`${name} keeps the Metric contract`, () => {
    it("has values, under names of letters and digits, for items of its kind", async () => {
      const { items, gathered } = await subject();
      const result = gathered(items).result();
      assert.ok(Object.keys(result).length > 0, "a metric without a value");
      for (const [key, value] of Object.entries(result)) {
        assert.match(key, /^[A-Za-z0-9]*$/);
        assert.ok(Number.isFinite(value), `"${key}" is ${value} of ordinary items`);
      }
    });

    it("gives the same when items come in pieces that are merged, in any order", async () => {
      const { metric, items, gathered } = await subject();
      const whole = gathered(items).result();
      for (const size of [1, 3, 7]) {
        const pieces: MetricAccumulator<Item>[] = [];
        for (let start = 0; start < items.length; start += size)
          pieces.push(gathered(items.slice(start, start + size)));
        for (const order of [
          pieces,
          pieces.toReversed(),
          pieces.toSorted((_, piece) => (pieces.indexOf(piece) % 2) - 0.5),
        ]) {
          const merged = metric.start();
          for (const piece of order) merged.merge(piece);
          assertClose(merged.result(), whole, `pieces of ${size}`);
        }
      }
    });

    it("takes a merge in and leaves the other as it was, also where one of them is empty", async () => {
      const { metric, items, gathered } = await subject();
      const [left, right] = [gathered(items.slice(0, 5)), gathered(items.slice(5))];
      const before = right.result();
      left.merge(right);
      assertClose(right.result(), before, "what was merged into another");
      assertClose(left.result(), gathered(items).result(), "both together");
      left.add(items[0]!);
      assertClose(right.result(), before, "what was merged into one that went on");
      const empty = metric.start();
      empty.merge(right);
      assertClose(empty.result(), before, "what was merged into nothing");
      empty.add(items[0]!);
      assertClose(right.result(), before, "what was merged into nothing, which went on");
      right.merge(metric.start());
      assertClose(right.result(), before, "what nothing was merged into");
    });

    it("counts an item that comes again as often as it comes", async () => {
      const { metric, items, gathered } = await subject();
      const twice = metric.start();
      const item = gathered(items.slice(0, 1));
      for (let count = 0; count < 2; count++) twice.merge(item);
      assertClose(twice.result(), gathered([items[0]!, items[0]!]).result(), "one item twice");
    });

    it("has the same names for nothing, and a number or NaN", async () => {
      const { metric, items, gathered } = await subject();
      const nothing = metric.start().result();
      assert.deepEqual(Object.keys(nothing), Object.keys(gathered(items).result()));
      for (const [key, value] of Object.entries(nothing)) {
        assert.ok(typeof value === "number" && Math.abs(value) !== Number.POSITIVE_INFINITY, `"${key}" is ${value}`);
      }
    });

    it("takes items with nothing in them", async () => {
      const { metric, items, gathered } = await subject();
      const accumulator = gathered(emptyItems(metric.input));
      for (const value of Object.values(accumulator.result())) {
        assert.ok(typeof value === "number" && Math.abs(value) !== Number.POSITIVE_INFINITY, `a value is ${value}`);
      }
      for (const item of items) accumulator.add(item);
      assert.ok(Object.values(accumulator.result()).every(Number.isFinite), "ordinary items after empty ones");
    });

    it("can be asked at any time", async () => {
      const { items, gathered } = await subject();
      const accumulator = gathered(items.slice(0, 4));
      assert.deepEqual(accumulator.result(), accumulator.result());
      for (const item of items.slice(4)) accumulator.add(item);
      assertClose(accumulator.result(), gathered(items).result(), "asked in between");
    });
  });
}

/** Sums of other orders differ in their last bits. */
function assertClose(actual: Named<number>, expected: Named<number>, what: string): void {
  assert.deepEqual(Object.keys(actual), Object.keys(expected), what);
  for (const [key, value] of Object.entries(expected)) {
    const found = actual[key]!;
    const isSame = Object.is(found, value) || Math.abs(found - value) <= 1e-9 * Math.max(1, Math.abs(value));
    assert.ok(isSame, `${what}: "${key}" is ${found} instead of ${value}`);
  }
}

/** Twenty items of a kind, always the same ones. */
function testItems(input: MetricInput): readonly Item[] {
  const next = numbers();
  const make = { tokens: testTokens, text: testText, choices: testChoices }[input];
  return Array.from({ length: 20 }, () => make(next));
}

function emptyItems(input: MetricInput): readonly Item[] {
  if (input === "choices") return [];
  if (input === "text") {
    return [
      { text: "", references: [""] },
      { text: "", references: ["the sea", ""] },
      { text: " \n", references: ["the sea"] },
    ];
  }
  const none = new Float32Array();
  return [
    { logProbabilities: none, ranks: none, confidences: none, byteCount: 0, wordCount: 0 } satisfies ScoredTokens,
  ];
}

/** Numbers in [0, 1) of a linear congruential generator. */
function numbers(): () => number {
  let state = 12345;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

function testTokens(next: () => number): ScoredTokens {
  const count = 1 + Math.floor(next() * 12);
  const logProbabilities = Float32Array.from({ length: count }, () => Math.log(next() * 0.98 + 0.01));
  const ranks = Int32Array.from(logProbabilities, (value) => Math.floor(-value * 3));
  const confidences = Float32Array.from(logProbabilities, (value, index) => {
    return ranks[index] === 0 ? Math.exp(value) : Math.min(1, Math.exp(value) + 0.2);
  });
  return { logProbabilities, ranks, confidences, byteCount: count * 4, wordCount: count };
}

const vocabulary = "the whale swims in a deep and silent sea, then it dives. Call me 海 3.5 !".split(" ");

function testText(next: () => number): ScoredText {
  const words = (least: number) =>
    Array.from({ length: least + Math.floor(next() * 9) }, () => vocabulary[Math.floor(next() * vocabulary.length)]);
  const text = words(5);
  const near = text.map((word) => (next() < 0.3 ? vocabulary[0] : word));
  const references = next() < 0.5 ? [near.join(" ")] : [words(2).join(" "), near.join(" ")];
  return { text: text.join(" "), references };
}

function testChoices(next: () => number): ScoredChoices {
  const count = 1 + Math.floor(next() * 4);
  const choices = Array.from({ length: count }, () => ({
    logProbability: -20 * next() - 0.1,
    characterCount: 1 + Math.floor(next() * 9),
    isLikeliest: next() < 0.3,
  }));
  return { choices, answer: Math.floor(next() * count) };
}
