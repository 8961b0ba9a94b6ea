import { expect } from "chai";
import { CodexError, defineErrors, isCodexError } from "codex-core";

const errors = defineErrors({
  CODEX_TEST_TORN: { exitCode: 2, when: "A page is torn.", why: "Paper is thin.", fix: "Glue it." },
});

describe("defineErrors", () => {
  it("makes errors that carry code, exit code and the catalogue's reason and remedy", () => {
    const error = errors.CODEX_TEST_TORN({ what: "Page 3 is torn.", where: "page 3" });
    expect(error).to.be.instanceOf(CodexError).and.include({ code: "CODEX_TEST_TORN", exitCode: 2 });
    expect(error.toString()).to.equal(
      "CODEX_TEST_TORN: Page 3 is torn.\nWhere: page 3\nWhy: Paper is thin.\nFix: Glue it.",
    );
  });

  it("lets an occurrence know better, and keeps the catalogue's word where it knows nothing", () => {
    const error = errors.CODEX_TEST_TORN({ what: "Torn.", why: "It was read too often.", fix: undefined });
    expect(error).to.include({ why: "It was read too often.", fix: "Glue it." });
  });

  it("keeps the cause", () => {
    const cause = new Error("scissors");
    expect(errors.CODEX_TEST_TORN({ what: "Torn.", cause }).cause).to.equal(cause);
  });
});

describe("isCodexError", () => {
  it("knows errors of another copy of codex-core by their brand", () => {
    expect(isCodexError(errors.CODEX_TEST_TORN({ what: "Torn." }))).to.equal(true);
    expect(isCodexError({ [Symbol.for("codex.error")]: true })).to.equal(true);
    for (const value of [new Error("x"), null, undefined, "CODEX_TEST_TORN"])
      expect(isCodexError(value)).to.equal(false);
  });
});
