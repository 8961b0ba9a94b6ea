import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { CommandEntry } from "#src/cli/command.js";
import { commandTable } from "#src/cli/command-table.js";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { createFakeTerminal } from "../cli/fake-terminal.js";
import { FailingProject, privateText, secret } from "./failing-project.js";

const newCommand: CommandEntry = {
  name: "later",
  summary: "a command that tells nothing of its steps",
  load: async () => (command, context) => {
    command.command("inspect").action(() => {
      throw new Error(`"${privateText}" has no rows`);
    });
    command.command("prepare").action(async () => {
      await context.openKernel({ projectFolder: context.terminal.workingFolder, preset: "nowhere" });
    });
  },
};

describe("what fails in a command", function () {
  this.timeout(30_000);
  let project: FailingProject;
  const errors = ".codex/errors";

  before(async () => {
    project = await FailingProject.create();
    const { folder } = project;
    // A run whose checkpoints' own config names a store that fails.
    await cp(join(folder, "runs/a"), join(folder, "runs/sealed"), { recursive: true });
    const saved = join(folder, "runs/sealed/checkpoints/step-00000005/config.yaml");
    const text = await readFile(saved, "utf8");
    const sealed = text.replace(/^checkpoint:\n {2}type: fake$/m, `checkpoint:\n  type: failing\n  key: ${secret}`);
    expect(sealed).to.not.equal(text);
    await writeFile(saved, sealed);
    await cp(join(folder, "runs/a"), join(folder, "runs/mute"), { recursive: true });
    await rm(join(folder, "runs/mute/metrics.ndjson"));
    await writeFile(join(folder, "runs/mute/lock.json"), "no lock");
    await mkdir(join(folder, ".codex/schema.json"), { recursive: true });
  });

  after(removeTemporaryFolders);

  const failing = (section: string) => [`${section}.type=failing`, `${section}.key=${secret}`];
  const mistake = `trainer.maxSteps=${privateText}`;

  const cases: readonly (readonly [words: readonly string[], folder: string, step: string, code: string])[] = [
    [["train", "run.outputDir=runs/b", ...failing("trainer")], "runs/b", "8:train", "CODEX_RUN_FAILED"],
    [["train", mistake], errors, "2:read the config", "CODEX_CONFIG_WRONG_VALUE"],
    [["train", "run.outputDir=runs/c", ...failing("model")], errors, "5:plan", "CODEX_RUN_FAILED"],
    [
      ["train", "--resume-from", "sealed", ...failing("checkpoint")],
      "runs/sealed",
      "3:load the checkpoint",
      "CODEX_RUN_FAILED",
    ],
    [["replay", "mute"], "runs/mute", "1:find the run", "CODEX_REPLAY_NO_METRICS"],
    [["plan", ...failing("model")], errors, "3:plan", "CODEX_CLI_UNEXPECTED"],
    [["plan", mistake], errors, "1:read the config", "CODEX_CONFIG_WRONG_VALUE"],
    [["evaluate", "a", ...failing("evaluator")], "runs/a", "5:evaluate", "CODEX_RUN_FAILED"],
    [["evaluate", "a", mistake], "runs/a", "2:read the config", "CODEX_CONFIG_WRONG_VALUE"],
    [["evaluate", "sealed"], "runs/sealed", "3:load the checkpoint", "CODEX_CLI_UNEXPECTED"],
    [["evaluate", "nowhere"], errors, "1:find the run", "CODEX_RUN_NOT_FOUND"],
    [["generate", "a", "--prompt", privateText, ...failing("generator")], "runs/a", "6:generate", "CODEX_RUN_FAILED"],
    [
      ["generate", "a", "-p", "x forbidden", "+safety.fake={action: refuse}"],
      "runs/a",
      "5:inspect the prompt",
      "CODEX_SAFETY_REFUSED",
    ],
    [["checkpoint", "list", "sealed"], "runs/sealed", "4:checkpoint list", "CODEX_CLI_UNEXPECTED"],
    [["checkpoint", "inspect", "sealed"], "runs/sealed", "4:checkpoint inspect", "CODEX_CLI_UNEXPECTED"],
    [["checkpoint", "verify", "sealed"], "runs/sealed", "4:checkpoint verify", "CODEX_CLI_UNEXPECTED"],
    [["checkpoint", "prune", "sealed"], "runs/sealed", "4:checkpoint prune", "CODEX_CLI_UNEXPECTED"],
    [["config", "print", mistake], errors, "1:read the config", "CODEX_CONFIG_WRONG_VALUE"],
    [["config", "validate", mistake], errors, "1:read the config", "CODEX_CONFIG_WRONG_VALUE"],
    [["config", "explain", "trainer.key"], errors, "2:config explain", "CODEX_CONFIG_NO_SUCH_KEY"],
    [["config", "schema"], errors, "2:config schema", "CODEX_CONFIG_SCHEMA_NOT_WRITTEN"],
    [["list", "--config", "nowhere"], errors, "2:read the config", "CODEX_CONFIG_PRESET_NOT_FOUND"],
    [["runs", "show", "nowhere"], errors, "1:find the run", "CODEX_RUN_NOT_FOUND"],
    [["runs", "report", "a", "--output", "runs/a/run.json/x"], "runs/a", "3:runs report", "CODEX_REPORT_NOT_WRITTEN"],
    [
      ["runs", "compare", "a", "mute", "--output", "runs/a/run.json/x"],
      errors,
      "3:runs compare",
      "CODEX_REPORT_NOT_WRITTEN",
    ],
    [["runs", "diff", "a", "mute"], errors, "3:runs diff", "CODEX_LOCK_INVALID"],
    [["data", "prepare", "--config", "nowhere"], errors, "1:read the config", "CODEX_CONFIG_PRESET_NOT_FOUND"],
    [["data", "stats", mistake], errors, "1:read the config", "CODEX_CONFIG_WRONG_VALUE"],
    [["later", "inspect"], errors, "3:later inspect", "CODEX_CLI_UNEXPECTED"],
    [["later", "prepare"], errors, "2:read the config", "CODEX_CONFIG_PRESET_NOT_FOUND"],
  ];
  for (const [words, folder, step, code] of cases) {
    it(`is kept as a question: \`codex ${words.join(" ").replace(`=${secret}`, "=…")}\``, async () => {
      const before = (await project.captured(folder)).rows.length;
      const { stderr } = await project.run(words, [...commandTable, newCommand]);
      const { rows, text } = await project.captured(folder);
      expect(rows.length, stderr).to.equal(before + 1);
      const row = rows.at(-1)!;
      expect(row).to.include({ code, step });
      expect(`codex ${words.join(" ")} `).to.include(` ${row.command} `);
      if (folder !== errors) expect(row.runId).to.be.a("string");
      expect(stderr).to.include(`To ask about it: ${join(project.folder, folder, "errors.md")}`);
      expect(text).to.not.include(secret).and.not.include(privateText).and.not.include("forbidden");
    });
  }

  it("is not kept when the command was mistyped", async () => {
    const mistyped = [["trian"], ["train", "--confg", "a"], ["generate", "a"], ["train", "quick"], ["runs"]];
    const before = await project.captured(errors);
    for (const words of mistyped) expect((await project.run(words)).code).to.equal(2);
    expect(await project.captured(errors)).to.deep.equal(before);
  });

  it("is told as ever where there is no project, and nothing is left in the folder", async () => {
    const folder = await createTemporaryFolder();
    const terminal = createFakeTerminal(folder);
    expect(await runCommandLine(["evaluate", "latest"], terminal)).to.equal(2);
    expect(terminal.stderr.text)
      .to.match(/^CODEX_RUN_NOT_FOUND/)
      .and.not.include("To ask about it");
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("changes nothing where it cannot be kept", async () => {
    const folder = await createTemporaryFolder();
    await writeFile(join(folder, "package.json"), "{}");
    await writeFile(join(folder, ".codex"), "a file");
    const terminal = createFakeTerminal(folder);
    expect(await runCommandLine(["evaluate", "latest"], terminal)).to.equal(2);
    expect(terminal.stderr.text)
      .to.match(/^CODEX_RUN_NOT_FOUND/)
      .and.not.include("To ask about it");
  });
});
