import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryFiles, repositoryRoot } from "../support/repository.js";

const script = join(repositoryRoot, ".ci/errors.mjs");

/** How documentation writes the form of a code. */
const form = "CODEX_AREA_PROBLEM";

/** Codes as sources write them; names of environment variables are no codes. */
function codesIn(text: string): string[] {
  const found = text.matchAll(/(?<prefix>env(?:\.|\["|:))?\b(?<code>CODEX_[A-Z0-9]+(?:_[A-Z0-9]+)+)\b/g);
  return [...found].flatMap(({ groups }) => (groups?.prefix || groups?.code === form ? [] : [groups?.code ?? ""]));
}

describe("docs/errors.md", () => {
  let codes: string[];

  before(() => {
    codes = JSON.parse(execFileSync(process.execPath, [script, "--list"], { encoding: "utf8" }));
  });

  it("is what the catalogues say", () => {
    const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
    expect(status, stderr).to.equal(0);
  });

  it("has each code of the catalogues, and no other", () => {
    const text = readFileSync(join(repositoryRoot, "docs/errors.md"), "utf8");
    const documented = [...text.matchAll(/^### (\S+)$/gm)].map((match) => match[1] ?? "");
    expect(
      codes.filter((code) => !documented.includes(code)),
      "not documented",
    ).to.deep.equal([]);
    expect(
      documented.filter((code) => !codes.includes(code)),
      "not in the code",
    ).to.deep.equal([]);
  });

  it("knows each code that sources mention", () => {
    const files = repositoryFiles("core/*/src/**", "core/*/bin/**", "plugins/*/src/**").filter((file) => {
      return /\.[jt]s$/.test(file);
    });
    const unknown: string[] = [];
    for (const file of files) {
      for (const code of codesIn(readFileSync(join(repositoryRoot, file), "utf8"))) {
        if (!codes.includes(code)) unknown.push(`${file}: ${code}`);
      }
    }
    expect(unknown).to.deep.equal([]);
  });

  it("tells codes from environment variables", () => {
    expect(codesIn('throw CODEX_A_B; process.env.CODEX_C_D; env["CODEX_E_F"]; $' + "{env:CODEX_G_H}")).to.deep.equal([
      "CODEX_A_B",
    ]);
  });
});
