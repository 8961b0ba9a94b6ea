import { expect } from "chai";
import { isRepeatableMetric } from "#src/contracts/repeatable-metric.js";

describe("isRepeatableMetric", () => {
  it("tells metrics of the wall clock and of the machine by their names, a plugin's too", () => {
    const clocks = ["train/stepMs", "train/tokensPerSecond", "system/memoryBytes", "foo/latencyMs", "foo/epochSeconds"];
    for (const name of clocks) expect(isRepeatableMetric(name), name).to.equal(false);
    const others = ["train/loss", "foo/gradRms", "foo/system/share", "foo/tokensPerSecondTarget", "foo/MsCount"];
    for (const name of others) expect(isRepeatableMetric(name), name).to.equal(true);
  });
});
