import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { checkSaves } from "../support/power-loss/check-power-loss.js";

describe("checkpoints when the power goes", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  it("are the older one or the newer one, whole, at every point of six saves, a removal and a setting aside", async () => {
    const { states, failures } = await checkSaves({ limit: 32, seed: 1, skipsHidden: true });
    expect(failures).to.deep.equal([]);
    expect(states).to.be.greaterThan(40);
  });
});
