import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { PreparedMutations } from "../support/prepared-mutations.js";

describe("damaged prepared data", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  it("is refused or made again, and never read as it is", async () => {
    const { refused, same, wrong } = await (await PreparedMutations.create()).run(40);
    expect(wrong).to.deep.equal([]);
    expect(refused).to.be.greaterThan(10);
    expect(same).to.be.greaterThan(10);
  });
});
