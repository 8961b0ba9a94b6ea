import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { BrokenOperators } from "../support/broken-operators.js";
import { mutatedFiles } from "./operator-mutations.js";

const compiler = process.env.CXX || "c++";

describe("checks of native operators, whose maths is broken in one place at a time", function () {
  this.timeout(600_000);
  let operators: BrokenOperators;

  before(async function () {
    if (spawnSync(compiler, ["--version"]).status === 0) {
      operators = await BrokenOperators.create(compiler);
      return;
    }
    process.stdout.write(`    skipped: there is no C++ compiler (${compiler})\n`);
    this.skip();
  });
  after(removeTemporaryFolders);

  it("all pass where nothing is broken", () => {
    const { end, printed } = operators.run();
    expect(end, printed).to.equal(0);
    expect(printed).to.match(/^\w+: \d{3,} checks, 0 failures$/);
  });

  for (const { file, subject, mutations } of mutatedFiles) {
    for (const mutation of mutations) {
      it(`notice in ${file} that ${mutation.operator} is wrong: ${mutation.breaks}`, () => {
        const { end, printed } = operators.runBroken(file, mutation, subject);
        expect(end, `the checks of "${subject}" did not notice, but: ${printed}`).to.equal(1);
      });
    }
  }
});
