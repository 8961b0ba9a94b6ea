import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ScratchProject } from "../support/scratch-project.js";

// A library that throws on its own, while the command waits for something else.
const config = `
setTimeout(() => { throw new Error("the socket is gone"); }, 0);
await new Promise((settle) => setTimeout(settle, 10_000));
export default {};
`;

describe("what is thrown outside every call", function () {
  this.timeout(30_000);

  it("ends the command and is kept as a question", async () => {
    const project = new ScratchProject([{ name: "codex.config.mjs", text: config }]);
    try {
      const { code, stderr } = await project.codex(["config", "print"]);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^CODEX_CLI_UNEXPECTED: the socket is gone/);
      const file = join(project.folder, ".codex/errors/errors.md");
      expect(stderr).to.include(`To ask about it: ${file}`);
      expect(readFileSync(file, "utf8")).to.include("While performing [1:read the config]");
    } finally {
      project.dispose();
    }
  });
});
