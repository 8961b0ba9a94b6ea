import { join } from "node:path";
import { expect } from "chai";
import { otherNode } from "../support/interop.js";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

const commandLine = join(repositoryRoot, "core/kernel/bin/codex.js");

for (const major of [22, 24] as const) {
  describe(`Node ${major}`, () => {
    const project = new ScratchProject();
    const codex = (...args: string[]) => project.run(otherNode(major), [commandLine, ...args]);

    after(() => project.dispose());

    it("trains with the compiled engine, and a config in TypeScript", async () => {
      const short = ["trainer.maxSteps=20", "trainer.evalEvery=20", "model.layerCount=1"];
      const { code, stderr } = await codex("train", "--config", "quickstart", "--output-dir", "runs/smoke", ...short);
      expect(code, stderr).to.equal(0);
    });

    it("generates from the checkpoint", async () => {
      const { code, stdout, stderr } = await codex(
        ...["generate", "runs/smoke", "--prompt", "Call me", "--max-new-tokens", "8", "--json"],
      );
      expect(code, stderr).to.equal(0);
      expect(JSON.parse(stdout).tokenIds).to.have.length(8);
    });
  });
}
