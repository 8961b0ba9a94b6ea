import { expect } from "chai";
import { formatProgressLine } from "#src/cli/train/progress-line.js";

const state = {
  step: 50,
  maxSteps: 2000,
  loss: 2.5,
  evaluated: { step: 50, loss: 2.75 },
  tokensPerSecond: 98_432,
  remainingMs: 72_000,
};

describe("formatProgressLine", () => {
  it("tells step, loss, time left, speed and evaluation loss", () => {
    expect(formatProgressLine(state)).to.equal(
      "step    50/2,000  loss 2.5000  1m 12s left  98.4k tokens/s  eval loss 2.7500",
    );
  });

  it("says of which step an evaluation is that is not of this one", () => {
    expect(formatProgressLine({ ...state, step: 2000, evaluated: { step: 1950, loss: 2.75 } })).to.match(
      /^step 2,000\/2,000 .* eval loss 2\.7500 at step 1,950$/,
    );
  });

  it("puts a bar in front where there is room", () => {
    const line = formatProgressLine({ ...state, step: 1000 }, 120);
    expect(line).to.match(/^━{10}╌{10} {2}step 1,000\/2,000/);
  });

  it("never fills the terminal's last column, whatever its width", () => {
    for (let columns = 1; columns <= 130; columns++) {
      expect(formatProgressLine(state, columns).length, `${columns} columns`).to.be.below(columns);
    }
  });

  it("leaves the least telling out first", () => {
    expect(formatProgressLine(state, 50)).to.equal("step    50/2,000  loss 2.5000  1m 12s left");
  });

  it("leaves out what is not known yet", () => {
    expect(formatProgressLine({ step: 1, maxSteps: 10 })).to.equal("step  1/10");
  });
});
