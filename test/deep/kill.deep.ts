import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { KillCampaign, spreadMoments } from "../support/kill-campaign.js";

const count = 200;

describe(`a training that is killed at ${count} moments`, function () {
  this.timeout(3_600_000);
  after(removeTemporaryFolders);

  it("ends with the bits of an uninterrupted one each time, and loses nothing that it told of", async () => {
    const campaign = new KillCampaign(join(await createTemporaryFolder(), "kill at"));
    const { end, writes, tookMs } = await campaign.uninterrupted();
    const failures: string[] = [];
    for (const moment of spreadMoments(count, writes, tookMs)) {
      const { end: reached, problem } = await campaign.killed("killed", moment);
      const isSame = JSON.stringify(reached) === JSON.stringify(end);
      if (!isSame) failures.push(`${JSON.stringify(moment)}: ${problem ?? "other bits"}`);
    }
    process.stdout.write(`    ${count - failures.length} of ${count}; ${writes.main} + ${writes.thread} writes\n`);
    expect(failures).to.deep.equal([]);
  });
});
