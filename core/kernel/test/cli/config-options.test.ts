import { mkdirSync, writeFileSync } from "node:fs";
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

  it("makes friendly flags config keys", () => {
    const options = {
      config: "quick",
      outputDir: "runs/x",
      name: "n",
      epochs: 2,
      seed: 3,
      device: "cpu",
      dtype: "f32",
    };
    expect(readConfigRequest(options, ["a.b=1"], project.folder, project.folder)).to.deep.include({
      preset: "quick",
      overrides: ["a.b=1"],
      flags: {
        "run.outputDir": "runs/x",
        "run.name": "n",
        "trainer.maxEpochs": 2,
        "run.seed": 3,
        "compute.device": "cpu",
        "compute.dtype": "f32",
      },
    });
  });

  it("takes overrides out of the words of --texts, but not a file of such a name", () => {
    writeFileSync(join(project.folder, "odd=name.txt"), "");
    const texts = ["book.txt", "odd=name.txt", "trainer.maxSteps=5", "+tracker.x={}", "~safety.policy"];
    const request = readConfigRequest({ texts }, [], project.folder, project.folder);
    expect(request.flags["data.paths"]).to.deep.equal(["book.txt", "odd=name.txt"]);
    expect(request.overrides).to.deep.equal(["trainer.maxSteps=5", "+tracker.x={}", "~safety.policy"]);
  });

  it("means paths from the working folder, also in a folder of the project", () => {
    const inner = join(project.folder, "inner folder");
    mkdirSync(inner);
    const request = readConfigRequest(
      { texts: ["book.txt", "npm:p/*.txt"], outputDir: "out" },
      [],
      inner,
      project.folder,
    );
    expect(request.flags).to.deep.equal({
      "data.type": "text",
      "data.paths": [join(inner, "book.txt"), "npm:p/*.txt"],
      "run.outputDir": join(inner, "out"),
    });
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
        readConfigRequest({}, [word], project.folder, project.folder);
        expect.fail("nothing was thrown");
      } catch (error) {
        expect(isCodexError(error) && error.code).to.equal("CODEX_CLI_NOT_AN_OVERRIDE");
        expect(String(error)).to.include(phrase);
      }
    });
  }
});
