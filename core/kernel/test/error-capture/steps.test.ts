import { readFileSync } from "node:fs";
import { expect } from "chai";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { stepsOf, stepText } from "#src/error-capture/steps.js";
import { createFakeTerminal } from "../cli/fake-terminal.js";

describe("the steps of commands", () => {
  it("are those of docs/error-capture.md, of commands that there are", async () => {
    const page = readFileSync(new URL("../../../../docs/error-capture.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(.+)` \| (.+) \|$/gm)];
    expect(rows).to.have.length(19);
    for (const [, command, listed] of rows) {
      expect(listed).to.equal(
        stepsOf(command!)
          .map((step, index) => `${index + 1} ${step}`)
          .join(", "),
      );
      const help = createFakeTerminal();
      expect(await runCommandLine([...command!.split(" "), "--help"], help)).to.equal(0);
      expect(help.stdout.text).to.include(`Usage: codex ${command} `);
    }
  });

  it("of a command that is not listed are three; a step that a list has not is told with the command's own", () => {
    expect(stepsOf("toString")).to.deep.equal(["find the run", "read the config", "toString"]);
    expect(stepText("evaluate", "load the checkpoint")).to.equal("3:load the checkpoint");
    expect(stepText("evaluate", "train")).to.equal("5:evaluate, train");
  });
});
