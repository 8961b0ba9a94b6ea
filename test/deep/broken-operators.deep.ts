import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { BrokenLibrary } from "../support/broken-library.js";
import { BrokenOperators } from "../support/broken-operators.js";
import { mutatedFiles, mutatedOperators } from "./operator-mutations.js";

const compiler = process.env.CXX || "c++";

/** Skips what follows where nothing can be compiled, and says so. */
function needCompiler(context: Mocha.Context): void {
  if (spawnSync(compiler, ["--version"]).status === 0) return;
  process.stdout.write(`    skipped: there is no C++ compiler (${compiler})\n`);
  context.skip();
}

describe("checks of native operators, whose maths is broken in one place at a time", function () {
  this.timeout(600_000);
  let operators: BrokenOperators;

  before(async function () {
    needCompiler(this);
    operators = await BrokenOperators.create(compiler);
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

describe("tests of native operators, one of which is called wrongly: the maths is broken on its way", function () {
  this.timeout(600_000);
  let library: BrokenLibrary;

  before(async function () {
    needCompiler(this);
    library = await BrokenLibrary.create(compiler);
  });
  after(removeTemporaryFolders);

  it("all pass where nothing is broken", () => {
    const { passed, failed, printed } = library.run([...new Set(mutatedOperators.flatMap(({ tests }) => tests))]);
    expect(failed, printed).to.equal(0);
    expect(passed).to.be.above(100);
  });

  for (const { file, tests, mutations } of mutatedOperators) {
    for (const mutation of mutations) {
      it(`notice in ${file} that ${mutation.operator} is wrong: ${mutation.breaks}`, () => {
        const { failed, printed } = library.runBroken(file, mutation, tests);
        expect(failed, printed).to.be.above(0);
      });
    }
  }
});
