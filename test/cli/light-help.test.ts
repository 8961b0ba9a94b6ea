import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";

const commandLine = join(repositoryRoot, "core/kernel/bin/codex.js");
const recorder = pathToFileURL(join(repositoryRoot, "test/support/record-modules.mjs")).href;

/** Packages and own modules that a command loads. */
function modulesOf(folder: string, args: readonly string[]): { packages: string[]; own: string[]; stdout: string } {
  const file = join(folder, `${args.join("_")}.txt`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", recorder, commandLine, ...args], {
    encoding: "utf8",
    env: { ...process.env, RECORD_MODULES: file },
  });
  expect(status, stderr).to.equal(0);
  const modules = readFileSync(file, "utf8").split("\n").filter(Boolean);
  const packages = modules.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]).filter(Boolean);
  const own = modules.map((url) => /core\/kernel\/dist\/(.*)$/.exec(url)?.[1]).filter(Boolean);
  return { packages: [...new Set(packages as string[])], own: own as string[], stdout };
}

describe("codex --help", () => {
  let folder: string;

  before(async () => {
    folder = await createTemporaryFolder();
  });

  after(removeTemporaryFolders);

  for (const args of [
    ["--help"],
    ["--version"],
    ["train", "--help"],
    ["generate", "--help"],
    ["runs", "--help"],
    ["data", "add", "--help"],
  ]) {
    it(`loads commander and nothing else for \`codex ${args.join(" ")}\``, () => {
      expect(modulesOf(folder, args).packages).to.deep.equal(["commander"]);
    });
  }

  it("loads no command before it is used", () => {
    const { own, stdout } = modulesOf(folder, ["--help"]);
    expect(stdout).to.include("train a model");
    expect(own).to.include("cli/main.js");
    expect(own.filter((path) => path.startsWith("cli/commands/"))).to.deep.equal([]);
  });

  it("would notice a container or a schema library", () => {
    const { packages } = modulesOf(folder, ["report"]);
    expect(packages).to.include("semver");
  });
});
