import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";
import { type CommandResult, runCommand } from "./run-command.js";

const commandLine = join(repositoryRoot, "core/kernel/bin/codex.js");

/** Whom a command runs as; left out: as this process. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
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

  /** Runs `codex` with these arguments in the project, in this process: see {@link runCommand}. */
  command(args: readonly string[]): Promise<CommandResult> {
    return runCommand(this.folder, args);
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
