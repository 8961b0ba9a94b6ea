import { expect } from "chai";
import { CodexError } from "codex-core";
import { errorDocument, renderError, toCodexError } from "#src/cli/render-error.js";

const plain = { hasColor: false, withStack: false };

describe("renderError", () => {
  it("gives code, what, where, why and fix a line each", () => {
    const error = new CodexError("CODEX_X_Y", 2, { what: "It is wrong.", where: "here", why: "so", fix: "do\nthat" });
    expect(renderError(error, plain)).to.equal("CODEX_X_Y: It is wrong.\nWhere: here\nWhy: so\nFix: do\n  that\n");
    expect(errorDocument(error)).to.deep.equal({
      error: { code: "CODEX_X_Y", what: "It is wrong.", where: "here", why: "so", fix: "do\nthat" },
    });
  });

  it("says of an unforeseen error that it is one, and where it was thrown", () => {
    const error = toCodexError(new TypeError("x is not a function"));
    expect(error).to.include({ code: "CODEX_CLI_UNEXPECTED", exitCode: 1, what: "x is not a function" });
    expect(error.where).to.match(/render-error\.test/);
  });

  it("shows the stack and its causes when asked to", () => {
    const error = new CodexError("CODEX_X_Y", 1, { what: "Outer.", cause: new Error("inner") });
    expect(renderError(error, { ...plain, withStack: true })).to.match(/Outer.*Caused by:.*Error: inner.*at /s);
    expect(renderError(error, plain)).to.not.include("inner");
  });

  it("finds the coded error among several", () => {
    const coded = new CodexError("CODEX_X_Y", 3, { what: "Refused." });
    expect(toCodexError(new AggregateError([new Error("a"), coded]))).to.equal(coded);
  });
});
