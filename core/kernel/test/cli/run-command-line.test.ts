import { expect } from "chai";
import { CodexError } from "codex-core";
import type { CommandEntry } from "#src/cli/command.js";
import { runCommandLine } from "#src/cli/run-command-line.js";
import { createTemporaryFolder, removeTemporaryFolders } from "#src/testing/temporary-folder.js";
import { createFakeTerminal } from "./fake-terminal.js";

const loaded: string[] = [];
const table: readonly CommandEntry[] = [
  {
    name: "greet",
    summary: "greet somebody",
    load: async () => {
      loaded.push("greet");
      return (command, context) => {
        command
          .argument("<name>")
          .option("--loud", "shout")
          .action((name: string) => {
            if (name === "nobody") throw new CodexError("CODEX_GREET_NOBODY", 3, { what: "Nobody is there." });
            if (name === "oops") throw new Error("unforeseen");
            context.answer({ greeting: name }, () => `Hello ${name}\n`);
            if (name === "ghost") context.setExitCode(1);
          });
      };
    },
  },
  {
    name: "measure",
    summary: "measure nothing",
    load: async () => (command, context) => {
      command.action(() => context.answer({ loss: Number.NaN, best: [-1 / 0, 2] }, () => "NaN\n"));
    },
  },
  {
    name: "wait",
    summary: "wait for SIGTERM",
    load: async () => (command, context) => {
      command.argument("<end>").action((end: string) => {
        const signal = context.interruptible("Stopping.");
        if (end !== "alone") process.emit("SIGTERM", "SIGTERM");
        if (end === "coded") throw new CodexError("CODEX_WAIT_STOPPED", 130, { what: "It was stopped." });
        if (end === "uncoded") signal.throwIfAborted();
        context.setExitCode(end === "failed" ? 1 : 130);
      });
    },
  },
  {
    name: "group",
    summary: "hold commands",
    load: async () => (command) => {
      command
        .command("inner")
        .argument("<thing>")
        .action(() => undefined);
    },
  },
];

async function run(...argv: string[]) {
  loaded.length = 0;
  const terminal = createFakeTerminal(await createTemporaryFolder());
  const code = await runCommandLine(argv, terminal, table);
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text };
}

describe("runCommandLine", () => {
  afterEach(removeTemporaryFolders);

  it("prints its help without loading a command", async () => {
    for (const argv of [[], ["--help"]]) {
      const { code, stdout, stderr } = await run(...argv);
      expect(code).to.equal(0);
      expect(stdout).to.include("greet somebody").and.include("Examples:");
      expect(stderr).to.equal("");
      expect(loaded).to.deep.equal([]);
    }
  });

  it("ends with 143 where SIGTERM stopped the command, however it tells", async () => {
    for (const end of ["answered", "coded", "uncoded"]) expect((await run("wait", end)).code, end).to.equal(143);
    expect((await run("wait", "alone")).code).to.equal(130);
    expect((await run("wait", "failed")).code).to.equal(1);
  });

  it("runs a command, answers as text or as JSON, and takes its exit code", async () => {
    expect(await run("greet", "Ada")).to.deep.equal({ code: 0, stdout: "Hello Ada\n", stderr: "" });
    const { stdout } = await run("greet", "Ada", "--json");
    expect(JSON.parse(stdout)).to.deep.equal({ greeting: "Ada" });
    expect((await run("greet", "ghost")).code).to.equal(1);
  });

  it("answers as JSON what is not finite by its name, not as if it were missing", async () => {
    expect(JSON.parse((await run("measure", "--json")).stdout)).to.deep.equal({ loss: "NaN", best: ["-Infinity", 2] });
  });

  it("prints a coded error on stderr and ends with its code", async () => {
    expect(await run("greet", "nobody")).to.deep.equal({
      code: 3,
      stdout: "",
      stderr: "CODEX_GREET_NOBODY: Nobody is there.\n",
    });
  });

  it("prints an error as a JSON document with --json", async () => {
    const { code, stdout, stderr } = await run("greet", "oops", "--json");
    expect(code).to.equal(1);
    expect(stderr).to.equal("");
    const { error } = JSON.parse(stdout);
    expect(error).to.have.all.keys("code", "what", "where", "why", "fix");
    expect(error).to.include({ code: "CODEX_CLI_UNEXPECTED", what: "unforeseen" });
  });

  it("answers a document with --json where the command was stopped, too", async () => {
    const { code, stdout, stderr } = await run("wait", "uncoded", "--json");
    expect(code).to.equal(143);
    expect(JSON.parse(stdout).error).to.include({ code: "CODEX_RUN_INTERRUPTED", what: "The command was stopped." });
    expect(stderr).to.equal("\nStopping.\n");
  });

  const usage: readonly (readonly [argv: readonly string[], code: string, phrase: string])[] = [
    [["gret"], "CODEX_CLI_UNKNOWN_COMMAND", "Did you mean greet?"],
    [["gr"], "CODEX_CLI_UNKNOWN_COMMAND", "Did you mean greet?"],
    [["greet", "Ada", "--lout"], "CODEX_CLI_UNKNOWN_OPTION", "Did you mean --loud?"],
    [["greet"], "CODEX_CLI_MISSING_ARGUMENT", "'name'"],
    [["greet", "a", "b"], "CODEX_CLI_USAGE", "Too many arguments"],
    [["group"], "CODEX_CLI_MISSING_ARGUMENT", "codex group --help"],
    [["group", "inner"], "CODEX_CLI_MISSING_ARGUMENT", "Where: codex group inner"],
    [["group", "iner"], "CODEX_CLI_UNKNOWN_COMMAND", "Did you mean inner?"],
  ];
  for (const [argv, code, phrase] of usage) {
    it(`refuses \`${argv.join(" ")}\` with ${code}`, async () => {
      const result = await run(...argv);
      expect(result.code).to.equal(2);
      expect(result.stdout).to.equal("");
      expect(result.stderr)
        .to.match(new RegExp(`^${code}: `))
        .and.include(phrase);
    });
  }

  it("prints a command's help on stdout", async () => {
    for (const argv of [
      ["greet", "--help"],
      ["help", "greet"],
    ]) {
      const { code, stdout } = await run(...argv);
      expect(code).to.equal(0);
      expect(stdout).to.include("--loud").and.include("--json").and.include("--quiet");
    }
  });
});
