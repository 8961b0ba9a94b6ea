import type { CommandContext } from "./command.js";
import type { OutputStream } from "./terminal.js";

const silent: OutputStream = {
  isTerminal: false,
  hasColor: false,
  columns: 80,
  write: () => undefined,
  onClose: () => undefined,
};

/** Where a command shows its progress: nowhere with `--quiet`, on stderr with `--json`, else on stdout. */
export function progressStream({ quiet, json, terminal }: CommandContext): OutputStream {
  if (quiet) return silent;
  return json ? terminal.stderr : terminal.stdout;
}
