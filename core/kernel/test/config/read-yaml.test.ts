import { expect } from "chai";
import { isCodexError } from "codex-core";
import { nodeAt, toJson } from "#src/config/config-tree.js";
import { readYaml } from "#src/config/read-yaml.js";
import { removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { basePreset, createProject } from "./test-project.js";

const origin = { kind: "preset", file: "configs/x.yaml", name: "x" } as const;

function failure(text: string): { code: string; message: string } {
  try {
    readYaml(text, origin);
  } catch (error) {
    if (isCodexError(error)) return { code: error.code, message: error.toString() };
    throw error;
  }
  return expect.fail("the text was accepted");
}

describe("readYaml", () => {
  afterEach(removeTemporaryFolders);

  it("knows the place of each value", () => {
    const tree = readYaml("a: 1\nb:\n  c: { d: 1e-3, e: [x, y] }\n", origin);
    expect(toJson(tree)).to.deep.equal({ a: 1, b: { c: { d: 0.001, e: ["x", "y"] } } });
    expect(nodeAt(tree, ["b", "c", "d"])?.origin).to.deep.equal({ ...origin, line: 3, column: 8 });
    expect(nodeAt(tree, ["b", "c", "e", "1"])?.origin).to.deep.equal({ ...origin, line: 3, column: 24 });
  });

  it("follows aliases", () => {
    expect(toJson(readYaml("a: &list [1, 2]\nb: *list\n", origin))).to.deep.equal({ a: [1, 2], b: [1, 2] });
  });

  it("refuses a key that is there twice, and says where", () => {
    const { code, message } = failure("model:\n  type: gpt\n  type: llama\n");
    expect(code).to.equal("CODEX_CONFIG_DUPLICATE_KEY");
    expect(message).to.include("configs/x.yaml:3:3");
    expect(failure("1: a\n'1': b\n").code).to.equal("CODEX_CONFIG_DUPLICATE_KEY");
  });

  it("lists all mistakes of form at once", () => {
    const { code, message } = failure("a: 1\na: 2\nb: !!js/function 'x'\n");
    expect(code).to.equal("CODEX_CONFIG_INVALID");
    expect(message).to.include("x.yaml:2:1").and.include("x.yaml:3:4");
  });

  it("refuses what is not well-formed, tags, odd keys and several documents", () => {
    for (const text of ["a: [1", "a: !secret x", "? [a]\n: b", "a: 1\n---\nb: 2\n", "a: .nan", "a: *none", "~: 1"]) {
      expect(failure(text).code, text).to.equal("CODEX_CONFIG_SYNTAX");
    }
  });

  it("refuses keys that reach into objects", () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      const { code, message } = failure(`a:\n  ${key}: { polluted: true }\n`);
      expect(code).to.equal("CODEX_CONFIG_FORBIDDEN_KEY");
      expect(message).to.include(key).and.include("x.yaml:2:3");
    }
    expect(failure('{ "a": { "__proto__": { "polluted": true } } }').code).to.equal("CODEX_CONFIG_FORBIDDEN_KEY");
    expect({}).to.not.have.property("polluted");
  });

  it("stops at an alias bomb, and at aliases that contain themselves", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      const reference = `*a${level - 1}`;
      lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => reference).join(", ")}]`);
    }
    expect(failure(lines.join("\n")).code).to.equal("CODEX_CONFIG_ALIASES");
    expect(failure("a: &a [*a]").code).to.equal("CODEX_CONFIG_ALIASES");
  });

  it("stops at deep nesting, whose parsing could end the process", () => {
    const deep = [
      `a: ${"[".repeat(100)}${"]".repeat(100)}`,
      `a: ${"[".repeat(200_000)}`,
      `{${'"a":{'.repeat(100_000)}`,
      "- ".repeat(100_000),
      "? ".repeat(100_000),
      Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
    ];
    for (const text of deep) expect(failure(text).code, text.slice(0, 20)).to.match(/^CODEX_CONFIG_(SYNTAX|ALIASES)$/);
  });

  it("refuses a file of 10 MB before reading it", async () => {
    const project = await createProject({ "configs/big.yaml": `${basePreset}# ${"x".repeat(10_000_000)}\n` });
    const { code, text } = await project.fail({ preset: "big" });
    expect(code).to.equal("CODEX_CONFIG_TOO_LARGE");
    expect(text).to.include("configs/big.yaml");
  });

  it("refuses a root that is no map", async () => {
    const project = await createProject({ "configs/list.yaml": "[1, 2]\n" });
    expect((await project.fail({ preset: "list" })).code).to.equal("CODEX_CONFIG_WRONG_VALUE");
  });
});
