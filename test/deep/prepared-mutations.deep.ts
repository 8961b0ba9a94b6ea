import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { PreparedMutations } from "../support/prepared-mutations.js";

const count = 2500;

describe(`prepared data that was damaged in ${count} ways`, function () {
  this.timeout(1_800_000);
  after(removeTemporaryFolders);

  it("is refused or made again, never read as it is, in bounded memory", async () => {
    const mutations = await PreparedMutations.create();
    await mutations.run(50, 1_000_000);
    const before = process.memoryUsage().rss;
    const { refused, same, wrong } = await mutations.run(count);
    const grownBytes = process.memoryUsage().rss - before;
    process.stdout.write(`    ${refused} refused, ${same} the same, ${Math.round(grownBytes / 1e6)} MB more\n`);
    expect(wrong).to.deep.equal([]);
    expect(grownBytes).to.be.lessThan(300e6);
  });
});
