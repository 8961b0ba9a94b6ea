import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { repositoryFiles, repositoryRoot } from "../support/repository.js";

const run = promisify(execFile);

describe("option schemas", () => {
  it("in schema/ are those of the plugins' code, and manifests name them all", async () => {
    const { stdout, stderr } = await run(process.execPath, [".ci/schemas.mjs", "--check"], {
      cwd: repositoryRoot,
    }).catch((failure: { stdout: string; stderr: string }) => failure);
    expect(stderr).to.equal("");
    expect(stdout).to.equal("");
  });

  it("are JSON Schemas, which no command checks again", () => {
    const ajv = new Ajv2020({ strict: false, logger: false });
    expect(ajv.validateSchema({ properties: { depth: 5 } })).to.equal(false);
    const files = repositoryFiles("plugins/*/schema/*.json");
    expect(files).to.have.length.greaterThan(20);
    for (const file of files) {
      const schema = JSON.parse(readFileSync(join(repositoryRoot, file), "utf8"));
      expect(ajv.validateSchema(schema), `${file}: ${ajv.errorsText()}`).to.equal(true);
    }
  });
});
