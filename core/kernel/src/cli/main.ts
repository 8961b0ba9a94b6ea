#!/usr/bin/env node
import { tellOwner } from "../run/stray-errors.js";
import { createCommandCapture } from "./command-capture.js";
import { commandTable } from "./command-table.js";
import { renderError, toCodexError } from "./render-error.js";
import { runCommandLine } from "./run-command-line.js";
import { createTerminal } from "./terminal.js";

const terminal = createTerminal(process);
const words = process.argv.slice(2);
const capture = createCommandCapture(terminal, words);

/** Tells an error that no command could tell, and ends the process. */
async function failWith(error: unknown): Promise<never> {
  const { hasColor } = terminal.stderr;
  const coded = toCodexError(error);
  await capture.capture(coded);
  terminal.stderr.write(renderError(coded, { hasColor, withStack: Boolean(process.env.CODEX_DEBUG) }));
  process.exit(1);
}

// What a plugin's library throws on its own, outside every call that could catch it.
let failing: Promise<never> | undefined;
process.on("uncaughtException", (error) => {
  if (!tellOwner(error)) failing ??= failWith(error);
});

const exitCode = await runCommandLine(words, terminal, commandTable, capture);
await terminal.flush().catch(failWith);
// A command that ends while an error is being told ends as the error does.
await failing;
process.exit(exitCode);
