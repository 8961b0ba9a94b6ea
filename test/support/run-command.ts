import { Readable } from "node:stream";
import { runCommandLine } from "../../core/kernel/dist/cli/run-command-line.js";
import type { OutputStream } from "../../core/kernel/dist/cli/terminal.js";

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written, and that no person looks at. */
class WrittenText implements OutputStream {
  readonly isTerminal = false;
  readonly hasColor = false;
  readonly columns = 80;
  text = "";

  write(more: string): void {
    this.text += more;
  }

  onClose(): void {}
}

/** Runs `codex` with these arguments in a folder, in this process: one of its own would load all modules anew. */
export async function runCommand(workingFolder: string, args: readonly string[]): Promise<CommandResult> {
  const [stdout, stderr] = [new WrittenText(), new WrittenText()];
  const code = await runCommandLine(args, {
    stdout,
    stderr,
    stdin: Readable.from([]),
    env: process.env,
    workingFolder,
    flush: async () => {},
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}
