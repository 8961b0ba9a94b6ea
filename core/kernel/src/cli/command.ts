import type { Command } from "commander";
import type { ErrorCapture } from "../error-capture/error-capture.js";
import type { ExitCode } from "../errors/codex-error.js";
import type { Kernel, KernelSettings } from "../run/kernel-types.js";
import type { Terminal } from "./terminal.js";

/** What a command gets beside its arguments. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** `--json`: the answer is one JSON document on stdout, and nothing else goes there. */
  readonly json: boolean;
  /** `--quiet`: nothing but the answer and errors. */
  readonly quiet: boolean;
  /**
   * A signal that SIGINT and SIGTERM abort; from the first call on they no longer end the process, but a second one
   * does, at once. `notice` is shown when the first one arrives.
   */
  interruptible(notice: string): AbortSignal;
  /** Takes what fails; told of the steps of a command that has several. */
  readonly capture: ErrorCapture;
  /** Makes a kernel, which loads the container and all that goes with it. */
  openKernel(settings: KernelSettings): Promise<Kernel>;
  /** Prints the command's answer: `value` as JSON with `--json`, NaN and infinities by their names, else the text. */
  answer(value: unknown, text: () => string): void;
  /** Ends the command with this code, when it did its work but the answer is bad. */
  setExitCode(code: ExitCode): void;
}

/**
 * One command: declares its arguments, options, example and action. Its file is loaded when the command is used, so it
 * may import what is light; what is heavy (the kernel, YAML, schemas) is imported inside the action. `--json` and
 * `--quiet` are added to every command afterwards. What fails in it is captured without its doing; one with steps of its
 * own lists them in error-capture/steps.ts and enters them.
 */
export type DeclareCommand = (command: Command, context: CommandContext) => void;

/** A line of `codex --help`. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<DeclareCommand>;
}
