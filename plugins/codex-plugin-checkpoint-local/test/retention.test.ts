import { expect } from "chai";
import type { Named } from "codex-core";
import { prunable } from "#src/retention.js";

const defaults = { keepLast: 1, keepBest: 1, monitor: "eval/loss", monitorMode: "min" } as const;

/** Steps that go, of checkpoints given as step and monitored value. */
function removed(checkpoints: readonly (readonly [step: number, loss?: number])[], change: object = {}): number[] {
  const saved = checkpoints.map(([step, loss]) => ({
    path: `/step-${step}`,
    step,
    metrics: (loss === undefined ? {} : { "eval/loss": loss }) as Named<number>,
    sizeBytes: 1,
  }));
  return prunable(saved, { ...defaults, ...change }).map(({ step }) => step);
}

describe("prunable", () => {
  it("keeps the newest and the best", () => {
    const checkpoints = [
      [1, 3],
      [2, 1],
      [3, 2],
      [4, 5],
    ] as const;
    expect(removed(checkpoints)).to.deep.equal([1, 3]);
    expect(removed(checkpoints, { keepLast: 2 })).to.deep.equal([1]);
    expect(removed(checkpoints, { keepBest: 2 })).to.deep.equal([1]);
    expect(removed(checkpoints, { monitorMode: "max" })).to.deep.equal([1, 2, 3]);
  });

  it("never lets the newest or the only one go", () => {
    expect(removed([[5, 9]], { keepLast: 0, keepBest: 0 })).to.deep.equal([]);
    expect(
      removed(
        [
          [1, 1],
          [5, 9],
        ],
        { keepLast: 0, keepBest: 0 },
      ),
    ).to.deep.equal([1]);
  });

  it("takes the newest by step, not by place", () => {
    expect(removed([[9], [2], [5]], { keepBest: 0 })).to.deep.equal([2, 5]);
  });

  it("takes the earlier of two equal ones for better", () => {
    expect(
      removed([
        [1, 2],
        [2, 2],
        [3, 4],
      ]),
    ).to.deep.equal([2]);
  });

  it("takes none without a finite value for best", () => {
    const checkpoints = [[1, Number.NaN], [2, Number.NEGATIVE_INFINITY], [3], [4, 7], [5, 8]] as const;
    expect(removed(checkpoints)).to.deep.equal([1, 2, 3]);
    expect(removed(checkpoints, { keepBest: 5 })).to.deep.equal([1, 2, 3]);
  });
});
