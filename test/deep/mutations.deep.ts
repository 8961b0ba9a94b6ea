import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { MutationCampaign } from "../support/mutations/mutation-campaign.js";

const count = 5000;

describe(`${count} mutated checkpoints`, function () {
  this.timeout(3_600_000);
  after(removeTemporaryFolders);

  it("are refused with a code, or loaded as what they are, in little memory", async () => {
    const campaign = new MutationCampaign(await createTemporaryFolder());
    try {
      const { refused, same, lawful, failures, peakGrowthBytes } = await campaign.run(count, 20_250);
      const megabytes = Math.round(peakGrowthBytes / 1024 / 1024);
      process.stdout.write(`    ${refused} refused, ${same} same, ${lawful} lawful, ${failures.length} failures; `);
      process.stdout.write(`${megabytes} MiB more resident memory at the peak\n`);
      expect(failures).to.deep.equal([]);
      expect(peakGrowthBytes, "growth of resident memory").to.be.lessThan(512 * 1024 * 1024);
    } finally {
      await campaign.dispose();
    }
  });
});
