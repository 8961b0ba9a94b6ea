import { defineErrors } from "./define-errors.js";

/** Errors of the command line itself. */
export const cliErrors = defineErrors({
  CODEX_CLI_USAGE: {
    exitCode: 2,
    when: "A command was given arguments it does not take.",
    fix: "Run the command with --help; each help ends with an example.",
  },
  CODEX_CLI_UNKNOWN_COMMAND: {
    exitCode: 2,
    when: "The first word after `codex` is no command.",
    fix: "Run `codex --help` for the commands.",
  },
  CODEX_CLI_UNKNOWN_OPTION: {
    exitCode: 2,
    when: "A command does not have an option of that name.",
    fix: "Run the command with --help for its options.",
  },
  CODEX_CLI_MISSING_ARGUMENT: {
    exitCode: 2,
    when: "A command or option lacks a value it needs.",
    fix: "Run the command with --help; each help ends with an example.",
  },
  CODEX_CLI_INVALID_VALUE: {
    exitCode: 2,
    when: "The value of an option or argument is not of its kind.",
    fix: "Run the command with --help for what it takes.",
  },
  CODEX_CLI_NOT_AN_OVERRIDE: {
    exitCode: 2,
    when: "A word on the command line is neither an option nor a config override.",
    why: "Overrides are written KEY=VALUE, +KEY=VALUE or ~KEY.",
    fix: "Name a preset with --config NAME and files of text with --texts FILE.",
  },
  CODEX_CLI_NO_CONFIG: {
    exitCode: 2,
    when: "Nothing says which data, tokenizer or model a command is to take: no preset, flag or codex.config does.",
    fix: "Name a preset with --config NAME (`codex config list`), or say it: --texts FILE --model-name NAME.",
  },
  CODEX_CLI_NO_PROJECT: {
    exitCode: 2,
    when: "A command that works with a project's config is given outside a project.",
    fix: "Go to the folder of your project, or make this one a project: npm init -y && npm install codex-core codex-plugins.",
  },
  CODEX_CLI_NO_PLUGINS: {
    exitCode: 2,
    when: "A command needs plugins and finds none from its folder upwards.",
    fix: "Install the built-in ones with `npm install codex-plugins`, or go to the folder of your project.",
  },
  CODEX_RUN_NOT_FOUND: {
    exitCode: 2,
    when: "No run or checkpoint is where a command was told to look.",
    fix: "Run `codex runs list` for the runs; give a run's folder, its runId, a checkpoint's folder, or `latest`.",
  },
  CODEX_RUN_NO_CHECKPOINT: {
    exitCode: 2,
    when: "A command needs a checkpoint and the run has none that is complete.",
    why: "A checkpoint counts once its manifest.json is written, which happens last.",
    fix: "Train on until the first checkpoint; `checkpoint.every` sets how often one is saved.",
  },
  CODEX_REPORT_NOT_WRITTEN: {
    exitCode: 1,
    when: "The report of a run, or a comparison of runs, cannot be written.",
    fix: "Check the folder, its permissions and the free space, or name another file with --output.",
  },
  CODEX_NODE_VERSION: {
    exitCode: 2,
    when: "Codex is started with a version of Node that it does not run on.",
    fix: "Use Node 20.19 or newer, 22.12 or newer, or 24 or newer (https://nodejs.org).",
  },
  CODEX_NOT_BUILT: {
    exitCode: 2,
    when: "The command is started in a checkout that was not built.",
    fix: "Run `npm run build` in the repository's folder.",
  },
  CODEX_CLI_OUTPUT: {
    exitCode: 1,
    when: "What a command prints cannot be written where its stdout goes.",
    why: "The disk that stdout was sent to is full, or failed. The answer is not whole.",
    fix: "Free space there, or send the output elsewhere, and run the command again.",
  },
  CODEX_CLI_UNEXPECTED: {
    exitCode: 1,
    when: "Something failed that no part of Codex foresaw.",
    why: "This is a fault of Codex or of a plugin, not of your input.",
    fix: "Set CODEX_DEBUG=1 to see the stack, and report it with the output of `codex report`.",
  },
});
