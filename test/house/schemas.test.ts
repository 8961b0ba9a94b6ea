import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";

const run = promisify(execFile);

describe("option schemas", () => {
  it("in schema/ are those of the plugins' code, and manifests name them all", async () => {
    const { stdout, stderr } = await run(process.execPath, [".ci/schemas.mjs", "--check"], {
      cwd: repositoryRoot,
    }).catch((failure: { stdout: string; stderr: string }) => failure);
    expect(stderr).to.equal("");
    expect(stdout).to.equal("");
  });
});
