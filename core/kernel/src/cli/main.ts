#!/usr/bin/env node
import { renderError, toCodexError } from "./render-error.js";
import { runCommandLine } from "./run-command-line.js";
import { createTerminal } from "./terminal.js";

const terminal = createTerminal(process);

// What a plugin's library throws on its own, outside every call that could catch it.
process.on("uncaughtException", (error) => {
  const { hasColor } = terminal.stderr;
  terminal.stderr.write(renderError(toCodexError(error), { hasColor, withStack: Boolean(process.env.CODEX_DEBUG) }));
  process.exit(1);
});

const exitCode = await runCommandLine(process.argv.slice(2), terminal);
await terminal.flush();
process.exit(exitCode);
