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

// What a plugin's library throws on its own, outside every call that could catch it.
process.on("uncaughtException", async (error) => {
  if (tellOwner(error)) return;
  const { hasColor } = terminal.stderr;
  const coded = toCodexError(error);
  await capture.capture(coded);
  terminal.stderr.write(renderError(coded, { hasColor, withStack: Boolean(process.env.CODEX_DEBUG) }));
  process.exit(1);
});

const exitCode = await runCommandLine(words, terminal, commandTable, capture);
await terminal.flush();
process.exit(exitCode);
