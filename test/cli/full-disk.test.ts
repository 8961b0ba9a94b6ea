import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";

const command = join(repositoryRoot, "core/kernel/bin/codex.js");

describe("codex, where stdout goes to a full disk", () => {
  before(function () {
    if (!existsSync("/dev/full")) this.skip();
  });

  const run = (stdout: number | "pipe", stderr: number | "pipe") =>
    spawnSync(process.execPath, [command, "--help"], { stdio: ["ignore", stdout, stderr], encoding: "utf8" });

  it("says that the answer is not whole, and does not end well", () => {
    const full = openSync("/dev/full", "w");
    try {
      const { status, stderr } = run(full, "pipe");
      expect(stderr).to.match(/^CODEX_CLI_OUTPUT: stdout did not take the answer: ENOSPC/);
      expect(status).to.equal(1);
    } finally {
      closeSync(full);
    }
  });
});
