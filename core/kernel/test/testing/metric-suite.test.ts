import type { Metric, MetricAccumulator, ScoredTokens } from "codex-core";
import { describeMetric } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of metrics", () => {
  const metric = (start: () => MetricAccumulator<ScoredTokens>) => () =>
    describeMetric("mutant", () => ({ input: "tokens", start }) as Metric<"tokens"> as Metric);

  describeMutants({
    "a metric that averages averages": [
      metric(() => {
        let [mean, any] = [0, false];
        const take = (value: number) => {
          mean = any ? (mean + value) / 2 : value;
          any = true;
        };
        return {
          add: ({ ranks }) => take(ranks.length),
          merge: (other) => take(other.result()[""]!),
          result: () => ({ "": any ? mean : Number.NaN }),
        };
      }),
      /pieces that are merged, in any order/,
    ],
    "a metric that keeps what it merges": [
      metric(() => {
        let ranks: number[] = [];
        return {
          add: (item) => ranks.push(...Array.from(item.ranks)),
          merge(other) {
            const theirs = (other as unknown as { ranks: number[] }).ranks;
            if (ranks.length === 0) ranks = theirs;
            else ranks.push(...theirs);
          },
          result: () => ({ "": ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length }),
          get ranks() {
            return ranks;
          },
        };
      }),
      /leaves the other as it was/,
    ],
    "a metric that is infinite for nothing": [
      metric(() => {
        let sum = 0;
        return {
          add: ({ ranks }) => {
            sum += ranks.length;
          },
          merge: (other) => {
            sum += Number.isFinite(other.result()[""]!) ? other.result()[""]! : 0;
          },
          result: () => ({ "": sum === 0 ? Number.POSITIVE_INFINITY : sum }),
        };
      }),
      /a number or NaN/,
    ],
  });
});
