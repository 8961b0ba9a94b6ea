import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { createFakeTerminal } from "./fake-terminal.js";
import { FakeProject } from "./run-folders.js";

const repository = fileURLToPath(new URL("../../../..", import.meta.url));

describe("codex, given what it cannot use", function () {
  this.timeout(20_000);
  let project: FakeProject;

  before(() => {
    project = new FakeProject();
    cpSync(join(repository, "configs"), join(project.folder, "configs"), { recursive: true });
    symlinkSync(join(repository, "node_modules"), join(project.folder, "node_modules"), "junction");
    mkdirSync(join(project.folder, "not a run"));
  });

  after(() => project.dispose());

  async function run(args: readonly string[]) {
    const terminal = createFakeTerminal(project.folder);
    const code = await runCommandLine(args, terminal);
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
  }

  const cases: readonly (readonly [args: readonly string[], code: string, phrase: string])[] = [
    [["train", "--confg", "debug"], "CODEX_CLI_UNKNOWN_OPTION", "Did you mean --config?"],
    [["train", "--resume=latest"], "CODEX_CLI_UNKNOWN_OPTION", "Did you mean --resume-from?"],
    [["train", "--xyz"], "CODEX_CLI_UNKNOWN_OPTION", "for its options. Any config key can be set as KEY=VALUE.\n"],
    [["data", "list", "--xyz"], "CODEX_CLI_UNKNOWN_OPTION", "for its options.\n"],
    [["data", "prepar"], "CODEX_CLI_UNKNOWN_COMMAND", "Did you mean prepare? Run `codex data --help`"],
    [["generate", "a", "--temperature", "Infinity"], "CODEX_CLI_INVALID_VALUE", "It takes a number of 0 or more."],
    [["train", "debug"], "CODEX_CLI_NOT_AN_OVERRIDE", "--config debug"],
    [["train", "--config", "debgu"], "CODEX_CONFIG_PRESET_NOT_FOUND", 'Did you mean "debug"?'],
    [["train", "--config", "debug", "trainer.maxStep=1"], "CODEX_CONFIG_OVERRIDE_UNKNOWN_KEY", "trainer.maxSteps"],
    [["train", "--config", "debug", "--epochs", "few"], "CODEX_CONFIG_WRONG_VALUE", "--epochs"],
    [["train", "--config", "nowhere"], "CODEX_CONFIG_PRESET_NOT_FOUND", "npx codex train --config quickstart\n"],
    [
      ["train"],
      "CODEX_CLI_NO_CONFIG",
      "Fix: npx codex train trainer.maxSteps=200 --texts FILE --model-name gpt-nano\n",
    ],
    [["train"], "CODEX_CLI_NO_CONFIG", "--config NAME: debug,"],
    [["train", "--config", "gpt2"], "CODEX_CLI_NO_CONFIG", "Fix: npx codex train --config gpt2 --texts FILE\n"],
    [["data", "prepare", "--texts", "a b"], "CODEX_CLI_NO_CONFIG", "prepare tokenizer.type=char --texts 'a b'\n"],
    [
      ["plan", "--config", "debgu", "run.seed=2"],
      "CODEX_CONFIG_PRESET_NOT_FOUND",
      "Fix: npx codex plan --config debug run.seed=2\n",
    ],
    [
      ["config", "print", "--config", "debgu"],
      "CODEX_CONFIG_PRESET_NOT_FOUND",
      "Fix: npx codex config print --config debug\n",
    ],
    [["config", "validate"], "CODEX_CLI_NO_CONFIG", "Fix: npx codex config validate trainer.maxSteps=200"],
    [
      ["train", "--texts", "a", "~tracker.files", "+tracker.mlflow={}"],
      "CODEX_CLI_NO_CONFIG",
      "Fix: npx codex train '~tracker.files' trainer.maxSteps=200 --texts a --model-name gpt-nano\n",
    ],
    [["data", "prepare"], "CODEX_CLI_NO_CONFIG", "Nothing says which data, tokenizer to take"],
    [["data", "add", "whale"], "CODEX_CLI_NO_CONFIG", "Nothing says which data to take"],
    [["plan"], "CODEX_CLI_NO_CONFIG", "Nothing says which data, tokenizer, model to take"],
    [["train", "--model-name", "gpt-nano"], "CODEX_CLI_NO_CONFIG", "--texts FILE"],
    [["train", "--model-name", "gpt-nan"], "CODEX_CONFIG_PRESET_NOT_FOUND", "npx codex train --model-name gpt-nano\n"],
    [["train", "--config", "debug", "--resume-from", "nowhere"], "CODEX_RUN_NOT_FOUND", "nowhere"],
    [["generate", "latest", "--prompt", "A"], "CODEX_RUN_NOT_FOUND", "codex train"],
    [["generate", "not a run", "--prompt", "A"], "CODEX_RUN_NOT_FOUND", "neither a run nor a checkpoint"],
    [["runs", "top", "--metric", "eval/loss", "--folder", "none"], "CODEX_RUN_NOT_FOUND", "There is no folder none."],
    [["runs", "top", "--metric", "eval/loss"], "CODEX_RUN_NOT_FOUND", "There is no run to rank."],
    [["runs", "list", "--folder", "none"], "CODEX_RUN_NOT_FOUND", "There is no folder none."],
    [["runs", "list", "--folder", "configs/debug.yaml"], "CODEX_RUN_NOT_FOUND", "is not a folder."],
    [["generate"], "CODEX_CLI_MISSING_ARGUMENT", "codex generate"],
    [["generate", "x", "--prompt"], "CODEX_CLI_MISSING_ARGUMENT", "--prompt"],
    [["generate", "x", "--prompt", "A", "--top-p", "2"], "CODEX_CLI_INVALID_VALUE", "from 0 to 1"],
    [["generate", "x", "--prompt", "A", "-n", "0"], "CODEX_CLI_INVALID_VALUE", "1 or more"],
    [["evaluate", "x", "--split", "test"], "CODEX_CLI_INVALID_VALUE", "train, validation"],
    [["runs", "show"], "CODEX_CLI_MISSING_ARGUMENT", "codex runs show"],
  ];
  for (const [args, code, phrase] of cases) {
    it(`refuses \`codex ${args.join(" ")}\` with ${code}`, async () => {
      const result = await run(args);
      expect(result.code, result.stderr).to.equal(2);
      expect(result.stdout).to.equal("");
      expect(result.stderr)
        .to.match(new RegExp(`^${code}: `))
        .and.match(/^Fix: /m)
        .and.include(phrase);
    });
  }

  it("says of a folder outside a project that it is one", async () => {
    const outside = new FakeProject();
    try {
      for (const args of [["train"], ["train", "--config", "debug"], ["plan"], ["data", "prepare"]]) {
        const terminal = createFakeTerminal(outside.folder);
        expect(await runCommandLine(args, terminal)).to.equal(2);
        expect(terminal.stderr.text)
          .to.match(/^CODEX_CLI_NO_PROJECT: /)
          .and.include(`${outside.folder} is outside a project`)
          .and.include("npm install codex-core codex-plugins");
      }
    } finally {
      outside.dispose();
    }
  });
});
