import { Command, CommanderError } from "commander";
import type { ErrorCapture } from "../error-capture/error-capture.js";
import { type ExitCode, isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { toJsonNumber } from "../run/json-number.js";
import { kernelVersion } from "../run/kernel-version.js";
import type { CommandContext, CommandEntry } from "./command.js";
import { createCommandCapture } from "./command-capture.js";
import { commandTable } from "./command-table.js";
import { createInterruption, type Interruption } from "./interruption.js";
import { errorDocument, renderError, toCodexError } from "./render-error.js";
import type { Terminal } from "./terminal.js";
import { isUsageError, pathOf, usageError } from "./usage-error.js";

const example = `
Examples:
  $ codex train --config quickstart
  $ codex generate latest --prompt "Call me"
  $ codex COMMAND --help

NO_COLOR=1 turns colors off; CODEX_DEBUG=1 adds stacks to errors.
`;

/** How a command ends. */
interface Outcome {
  exitCode: ExitCode | 0;
  interruption?: Interruption;
}

/**
 * Runs one command line and gives its exit code. Never throws. What fails in a command, whichever it is, is captured
 * here, unless the kernel has done so before.
 */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  table: readonly CommandEntry[] = commandTable,
  capture: ErrorCapture = createCommandCapture(terminal, argv),
): Promise<number> {
  const optionsEnd = argv.indexOf("--");
  const options = optionsEnd < 0 ? argv : argv.slice(0, optionsEnd);
  const outcome: Outcome = { exitCode: 0 };
  const context = createContext(terminal, options, outcome, capture);
  // Commands and errors say 130 for whatever was stopped; process managers look for the signal's own code.
  const ended = (exitCode: number) => (exitCode === 130 ? (outcome.interruption?.exitCode ?? 130) : exitCode);
  const program = createProgram(terminal, table);
  let used = program;
  program.hook("preAction", (_, acting) => capture.begin(pathOf(acting).replace(/^codex /, "")));
  try {
    const entry = table.find((candidate) => candidate.name === operand(options));
    const command = entry && program.commands.find((candidate) => candidate.name() === entry.name);
    if (entry && command) {
      used = command;
      (await entry.load())(command, context);
      for (const leaf of leaves(command)) {
        addCommonOptions(leaf);
        leaf.exitOverride((error) => {
          used = leaf;
          throw error;
        });
      }
    }
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (outcome.interruption?.signal.aborted && !isCodexError(error)) {
      const stopped = runErrors.CODEX_RUN_INTERRUPTED({ what: "The command was stopped.", cause: error });
      if (context.json) context.answer(errorDocument(stopped), () => "");
      return ended(130);
    }
    const coded = toCodexError(error instanceof CommanderError ? usageError(error, used) : error);
    if (coded.exitCode !== 130 && !isUsageError(coded)) await capture.capture(coded);
    const { hasColor } = terminal.stderr;
    if (context.json) terminal.stdout.write(`${JSON.stringify(errorDocument(coded))}\n`);
    else terminal.stderr.write(renderError(coded, { hasColor, withStack: Boolean(terminal.env.CODEX_DEBUG) }));
    return ended(coded.exitCode);
  } finally {
    outcome.interruption?.release();
  }
  return ended(outcome.exitCode);
}

function createProgram(terminal: Terminal, table: readonly CommandEntry[]): Command {
  const program = new Command("codex")
    .description("Train, evaluate and use language models.")
    .version(kernelVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => terminal.stdout.columns,
      getOutHasColors: () => terminal.stdout.hasColor,
    })
    .addHelpText("after", example);
  for (const { name, summary } of table) program.command(name).summary(summary).description(sentence(summary));
  return program;
}

function createContext(
  terminal: Terminal,
  options: readonly string[],
  outcome: Outcome,
  capture: ErrorCapture,
): CommandContext {
  const json = options.includes("--json");
  return {
    terminal,
    json,
    quiet: options.includes("--quiet"),
    interruptible(notice) {
      outcome.interruption ??= createInterruption(process, () => terminal.stderr.write(`\n${notice}\n`));
      return outcome.interruption.signal;
    },
    capture,
    openKernel: (settings) =>
      capture.during("read the config", async () => (await import("./open-kernel.js")).openKernel(settings, capture)),
    answer: (value, text) => terminal.stdout.write(json ? toJsonLine(value) : text()),
    setExitCode(code) {
      outcome.exitCode = code;
    },
  };
}

/** JSON would say null of a loss that is NaN, as of one that is missing. */
function toJsonLine(value: unknown): string {
  return `${JSON.stringify(value, (_, each) => (typeof each === "number" ? toJsonNumber(each) : each))}\n`;
}

/** The command's name: the first word that is no option, after `help` if that is it. */
function operand(options: readonly string[]): string | undefined {
  const words = options.filter((word) => !word.startsWith("-"));
  return words[0] === "help" ? words[1] : words[0];
}

/** The commands below a command that have no commands of their own. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

function addCommonOptions(command: Command): void {
  const has = (flag: string): boolean => command.options.some((option) => option.long === flag);
  if (!has("--json")) command.option("--json", "print the answer, or the error, as one JSON document");
  if (!has("--quiet")) command.option("--quiet", "print nothing but the answer and errors");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
