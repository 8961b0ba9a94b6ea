import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { fewMoments, KillCampaign } from "../support/kill-campaign.js";

describe("a training that is killed", function () {
  this.timeout(180_000);
  after(removeTemporaryFolders);

  it("ends with the bits of an uninterrupted one, wherever it was killed", async () => {
    const campaign = new KillCampaign(join(await createTemporaryFolder(), "kill at"));
    const { end, writes } = await campaign.uninterrupted();
    expect(writes.main, "writes of the main thread").to.be.greaterThan(20);
    expect(writes.thread, "writes of the saving thread").to.be.greaterThan(8);
    for (const moment of fewMoments(writes)) {
      expect(await campaign.killed("killed", moment), JSON.stringify(moment)).to.deep.equal({ end });
    }
  });
});
