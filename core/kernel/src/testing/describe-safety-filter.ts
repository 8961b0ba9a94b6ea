import assert from "node:assert/strict";
import type { SafetyFilter, SafetyStage, SafetyVerdict } from "../contracts/safety-filter.js";
import { assertFingerprint, settles } from "./assertions.js";
import { testRunner } from "./test-runner.js";

export interface SafetyFilterSuiteSettings {
  /** A text that the filter does not allow, and the stage where it does not. */
  readonly unwanted: { readonly text: string; readonly stage: SafetyStage };
  /** A text that it allows everywhere. */
  readonly harmless?: string;
}

const stages: readonly SafetyStage[] = ["data", "prompt", "completion"];

/** Conformance suite of the SafetyFilter contract. */
export function describeSafetyFilter(
  name: string,
  create: () => SafetyFilter | Promise<SafetyFilter>,
  settings: SafetyFilterSuiteSettings,
): void {
  const { describe, it } = testRunner();
  const signal = new AbortController().signal;
  const harmless = settings.harmless ?? "The whale swims in the sea.";
  const { text: unwanted, stage } = settings.unwanted;

  describe(`${name} keeps the SafetyFilter contract`, () => {
    it("tells its fingerprint and its longest match", async () => {
      const [one, two] = [await create(), await create()];
      assertFingerprint(one.fingerprint);
      assert.equal(one.fingerprint, two.fingerprint);
      assert.ok(Number.isSafeInteger(one.maxMatchLength) && one.maxMatchLength >= 0);
    });

    it("gives one verdict for each text, in order", async () => {
      const filter = await create();
      const verdicts = await filter.inspect([harmless, unwanted, "", harmless], stage, signal);
      assert.equal(verdicts.length, 4);
      assert.deepEqual(
        verdicts.map((verdict) => verdict.action === "allow"),
        [true, false, true, true],
      );
      assert.deepEqual(await filter.inspect([], stage, signal), []);
    });

    it("allows a harmless text at every stage, with no spans", async () => {
      const filter = await create();
      for (const each of stages) {
        const [verdict] = await filter.inspect([harmless], each, signal);
        assert.equal(verdict?.action, "allow");
        assert.deepEqual(verdict?.spans, []);
      }
    });

    it("points at spans inside the text, no longer than its longest match", async () => {
      const filter = await create();
      const text = `${harmless} ${unwanted} ${harmless} \u{1f40b} ${unwanted}`;
      const [verdict] = await filter.inspect([text], stage, signal);
      assert.ok(verdict && verdict.action !== "allow");
      if (verdict.action === "redact") assert.ok(verdict.spans.length > 0, "redacting needs spans");
      for (const span of verdict.spans) {
        assert.ok(span.start >= 0 && span.start < span.end && span.end <= text.length);
        assert.ok(span.end - span.start <= filter.maxMatchLength);
        assert.ok(span.rule.length > 0);
      }
    });

    it("leaves the text out of the reason", async () => {
      const filter = await create();
      const [verdict] = await filter.inspect([unwanted], stage, signal);
      assert.ok(!(verdict as SafetyVerdict).reason?.includes(unwanted));
    });

    it("gives the same verdict again", async () => {
      const filter = await create();
      const first = await filter.inspect([unwanted, harmless], stage, signal);
      assert.deepEqual(await filter.inspect([unwanted, harmless], stage, signal), first);
    });

    it("settles soon when the signal is aborted", async () => {
      const filter = await create();
      await settles(
        Promise.resolve().then(() => filter.inspect([harmless], stage, AbortSignal.abort())),
        5000,
      );
    });
  });
}
