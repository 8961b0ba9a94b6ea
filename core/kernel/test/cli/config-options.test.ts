import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { isCodexError } from "codex-core";
import { readConfigRequest } from "#src/cli/config-options.js";
import { FakeProject } from "./run-folders.js";

describe("readConfigRequest", () => {
  let project: FakeProject;

  beforeEach(() => {
    project = new FakeProject();
  });

  afterEach(() => project.dispose());

  it("tells preset, flags and overrides apart", () => {
    const flags = { modelName: "gpt2", outputDir: "runs/x", epochs: "2", seed: "3", device: "cpu", dtype: "float32" };
    expect(readConfigRequest({ config: "quick", ...flags }, ["a.b=1"], project.folder)).to.deep.equal({
      preset: "quick",
      overrides: ["a.b=1"],
      flags,
    });
  });

  it("takes overrides out of the words of --texts, but not a file of such a name", () => {
    writeFileSync(join(project.folder, "odd=name.txt"), "");
    const texts = ["book.txt", "odd=name.txt", "trainer.maxSteps=5", "+tracker.x={}", "~safety.policy"];
    const request = readConfigRequest({ texts }, [], project.folder);
    expect(request.flags.texts).to.deep.equal(["book.txt", "odd=name.txt"]);
    expect(request.overrides).to.deep.equal(["trainer.maxSteps=5", "+tracker.x={}", "~safety.policy"]);
  });

  for (const [word, phrase] of [
    ["quickstart", "--config quickstart"],
    ["book.txt", "--texts book.txt"],
    ["=1", "KEY=VALUE"],
    ["~", "KEY=VALUE"],
  ] as const) {
    it(`refuses the word "${word}" and says what may be meant`, () => {
      writeFileSync(join(project.folder, "book.txt"), "");
      try {
        readConfigRequest({}, [word], project.folder);
        expect.fail("nothing was thrown");
      } catch (error) {
        expect(isCodexError(error) && error.code).to.equal("CODEX_CLI_NOT_AN_OVERRIDE");
        expect(String(error)).to.include(phrase);
      }
    });
  }
});
