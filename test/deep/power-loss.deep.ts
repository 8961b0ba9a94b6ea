import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { checkSaves, checkTraining } from "../support/power-loss/check-power-loss.js";

/** States of one point of a trace: all, where there are not more. CODEX_TEST_STATES asks for fewer. */
const limit = Number(process.env.CODEX_TEST_STATES ?? 64);

describe("checkpoints when the power goes, state by state", function () {
  this.timeout(3_600_000);
  after(removeTemporaryFolders);

  for (const [what, check] of [
    ["six saves, a removal and a setting aside", checkSaves],
    ["a training that goes on from an older checkpoint", checkTraining],
  ] as const) {
    it(`are whole at every point of ${what}`, async () => {
      const { operations, states, failures } = await check({ limit, seed: 7 });
      process.stdout.write(`    ${operations} operations, ${states} states, ${failures.length} failures\n`);
      expect(failures).to.deep.equal([]);
    });
  }
});
