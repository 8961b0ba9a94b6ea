import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { MutationCampaign } from "../support/mutations/mutation-campaign.js";

describe("mutated checkpoints", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  it("are refused with a code, or loaded as what they are, in little memory", async () => {
    const campaign = new MutationCampaign(await createTemporaryFolder());
    try {
      const { refused, same, lawful, failures, peakGrowthBytes } = await campaign.run(150, 1);
      expect(failures).to.deep.equal([]);
      expect(refused).to.be.greaterThan(100);
      expect(same + lawful).to.be.greaterThan(10);
      expect(peakGrowthBytes, "growth of resident memory").to.be.lessThan(512 * 1024 * 1024);
    } finally {
      await campaign.dispose();
    }
  });
});
