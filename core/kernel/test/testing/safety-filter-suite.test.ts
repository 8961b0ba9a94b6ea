import type { SafetyVerdict } from "codex-core";
import { describeSafetyFilter, WordFilter } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of safety filters", () => {
  describeMutants({
    "a filter that tells the text": [
      () =>
        describeSafetyFilter(
          "mutant",
          () =>
            new (class extends WordFilter {
              override async inspect(texts: readonly string[]): Promise<readonly SafetyVerdict[]> {
                return (await super.inspect(texts)).map((verdict, index) => ({ ...verdict, reason: texts[index] }));
              }
            })("bad"),
          { unwanted: { text: "so bad", stage: "data" } },
        ),
      /leaves the text out/,
    ],
    "a filter that lets a batch pass": [
      () =>
        describeSafetyFilter(
          "mutant",
          () =>
            new (class extends WordFilter {
              override inspect(texts: readonly string[]): Promise<readonly SafetyVerdict[]> {
                return super.inspect(texts.slice(0, 1));
              }
            })("bad"),
          { unwanted: { text: "so bad", stage: "data" } },
        ),
      /one verdict for each text/,
    ],
    "a filter with longer matches than it says": [
      () =>
        describeSafetyFilter("mutant", () => Object.assign(new WordFilter("bad"), { maxMatchLength: 2 }), {
          unwanted: { text: "so bad", stage: "data" },
        }),
      /no longer than its longest match/,
    ],
  });
});
