import { expect } from "chai";
import { editDistance, nearestName } from "#src/plugins/nearest-name.js";

describe("nearestName", () => {
  it("counts edits, a swap as one", () => {
    expect(editDistance("", "abc")).to.equal(3);
    expect(editDistance("kitten", "sitting")).to.equal(3);
    expect(editDistance("fiels", "fiels")).to.equal(0);
    expect(editDistance("fiels", "files")).to.equal(1);
  });

  it("finds what was most likely meant", () => {
    expect(nearestName("trainr", ["tracker", "trainer", "data"])).to.equal("trainer");
    expect(nearestName("Trainer", ["trainer"])).to.equal("trainer");
  });

  it("finds nothing when nothing is near", () => {
    expect(nearestName("wandb", ["files", "mlflow"])).to.equal(undefined);
    expect(nearestName("x", [])).to.equal(undefined);
  });

  it("stays quick for absurd words", () => {
    expect(nearestName("x".repeat(1e6), ["y".repeat(1e6)])).to.equal(undefined);
  });
});
