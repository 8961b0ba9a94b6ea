import { expect } from "chai";
import { Command } from "commander";
import {
  addConfigOptions,
  type ConfigOptions,
  type ConfigRequest,
  readConfigRequest,
} from "#src/cli/config-options.js";
import { resumeCommand } from "#src/cli/train/resume-command.js";

describe("resumeCommand", () => {
  it("names the preset, what was changed, the run's folder and that it goes on", () => {
    const request = { preset: "quickstart", overrides: ["trainer.maxSteps=9", "~tracker.files"], flags: { seed: "3" } };
    expect(resumeCommand(request, "runs/r 1", [])).to.equal(
      "npx codex train --config quickstart trainer.maxSteps=9 '~tracker.files' --output-dir 'runs/r 1' --seed 3 " +
        "--resume-from latest",
    );
    const bare = { overrides: [], flags: { outputDir: "elsewhere" } };
    expect(resumeCommand(bare, "/runs/r1", [])).to.equal("npx codex train --output-dir /runs/r1 --resume-from latest");
  });

  it("is read as the same request, files of text among it", () => {
    const flags = { texts: ["a.txt", "b.txt"], modelName: "gpt2", epochs: "2", outputDir: "runs/r1" };
    const request: ConfigRequest = { preset: "p", overrides: ["a.b=1", "+c=[x]"], flags };
    const command = addConfigOptions(new Command()).option("--resume-from <path>");
    command.parse(resumeCommand(request, "runs/r1", []).replaceAll("'", "").split(" ").slice(3), { from: "user" });
    const options = command.opts<ConfigOptions>();
    expect(readConfigRequest(options, command.args, "/")).to.deep.equal(request);
    expect(options).to.include({ resumeFrom: "latest" });
  });

  it("does not repeat secrets", () => {
    const request = { overrides: ["+tracker.remote.token=hush"], flags: {} };
    const text = resumeCommand(request, "r", ["tracker.remote.token"]);
    expect(text).to.include("+tracker.remote.token=…").and.not.include("hush");
  });
});
