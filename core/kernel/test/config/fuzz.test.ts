import { expect } from "chai";
import { isCodexError } from "codex-core";
import fc from "fast-check";
import { parse } from "yaml";
import { type ConfigNode, isMapNode, toJson } from "#src/config/config-tree.js";
import { interpolate } from "#src/config/interpolate.js";
import { parseOverride } from "#src/config/overrides.js";
import { readYaml } from "#src/config/read-yaml.js";
import { treeOfValue } from "#src/config/tree-of-value.js";

const origin = { kind: "inline" } as const;

/** Runs and lets coded errors pass. */
function tolerate<Value>(run: () => Value): Value | undefined {
  try {
    return run();
  } catch (error) {
    if (!isCodexError(error)) throw error;
    return undefined;
  }
}

/** Text of the characters that mean something in YAML, overrides and references. */
const spicy = fc.string({ unit: fc.constantFrom(..."ab1:-[]{}&*!|>'\"#%@`,?.$~=+<\n\t \\é"), maxLength: 60 });

describe("any text", () => {
  it("as YAML is a tree of what the YAML says, or a coded error", () => {
    fc.assert(
      fc.property(spicy, (text) => {
        const tree = tolerate(() => readYaml(text, origin));
        if (tree) expect(toJson(tree)).to.deep.equal(parse(text, { logLevel: "silent" }));
      }),
      { numRuns: 2000, seed: 20 },
    );
  });

  it("as an override is one, or a coded error", () => {
    fc.assert(
      fc.property(spicy, (text) => {
        const override = tolerate(() => parseOverride(text));
        if (override) expect(override.path.every((key) => key.length > 0)).to.equal(true);
      }),
      { numRuns: 2000, seed: 20 },
    );
  });

  it("with references comes to an end, with no literal left that was escaped", () => {
    const reference = fc.constantFrom(
      "${a}",
      "${b}",
      "${m}",
      "${m.c}",
      "${env:X}",
      "${env:X,y}",
      "$${",
      "${",
      "}",
      "x",
      ",",
    );
    const text = fc.array(reference, { maxLength: 4 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const tree = treeOfValue({ a, b, m: { c } }, origin);
        const problems: unknown[] = [];
        const result: ConfigNode = interpolate(tree, { environment: {}, problems: problems as never[] });
        expect(isMapNode(result)).to.equal(true);
        if (a === "$${" && problems.length === 0) expect(toJson(result)).to.include({ a: "${" });
      }),
      { numRuns: 1000, seed: 20 },
    );
  });
});
