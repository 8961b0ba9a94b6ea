import { expect } from "chai";
import { runFailingSaves } from "../support/run-failing-saves.js";

describe("a save of which one operation fails, each in turn", function () {
  this.timeout(3_600_000);

  it("ends with a code, or in a whole checkpoint, and loses nothing", async () => {
    const { failed, problems } = await runFailingSaves(1);
    process.stdout.write(`    ${failed} saves failed\n`);
    expect(problems).to.deep.equal([]);
    expect(failed).to.be.greaterThan(60);
  });
});
