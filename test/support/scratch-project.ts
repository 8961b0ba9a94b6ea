import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { OutputStream } from "../../core/kernel/dist/cli/terminal.js";
import { repositoryRoot } from "./repository.js";

const commandLine = join(repositoryRoot, "core/kernel/bin/codex.js");

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whom a command runs as; left out: as this process. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
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

/** A project of a user's in a temporary folder whose name has a space: the repository's presets and packages. */
export class ScratchProject {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "codex project ")));

  /** @param configs config files of its own, in place of the repository's */
  constructor(configs: readonly { readonly name: string; readonly text: string }[] = []) {
    const copied = configs.length === 0 ? ["configs", "examples", "codex.config.ts", "README.md"] : ["README.md"];
    for (const { name, text } of configs) writeFileSync(join(this.folder, name), text);
    for (const name of copied) {
      cpSync(join(repositoryRoot, name), join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(repositoryRoot, "node_modules"), join(this.folder, "node_modules"), "junction");
    writeFileSync(join(this.folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  }

  /** Runs `codex` with these arguments in the project, without a terminal. */
  codex(args: readonly string[], environment: NodeJS.ProcessEnv = {}, user: User = {}): Promise<CommandResult> {
    return this.run(process.execPath, [commandLine, ...args], environment, user);
  }

  /**
   * Runs `codex` with these arguments in the project, in this process: where no process of its own matters, that saves
   * loading all its modules, a second each time.
   */
  async command(args: readonly string[]): Promise<CommandResult> {
    const { runCommandLine } = await import("../../core/kernel/dist/cli/run-command-line.js");
    const [stdout, stderr] = [new WrittenText(), new WrittenText()];
    const code = await runCommandLine(args, {
      stdout,
      stderr,
      stdin: Readable.from([]),
      env: process.env,
      workingFolder: this.folder,
      flush: async () => {},
    });
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  run(
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    user: User = {},
  ): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        ...user,
        cwd: this.folder,
        env: { ...process.env, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text) => {
        stdout += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text) => {
        stderr += text;
      });
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, stdout, stderr }));
    });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
