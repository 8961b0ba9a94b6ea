import { spawn } from "node:child_process";
import type { Environment } from "../runtime-folder.js";

/** How a program is run. */
export interface ToolSettings {
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly cwd?: string;
}

/** How a program ended. */
export interface ToolResult {
  /** Undefined when there is no such program. */
  readonly status: number | undefined;
  readonly stdout: string;
  /** The last lines that say something, for messages. */
  readonly reason: string;
}

/** Runs a program and collects what it prints. Never throws for what the program does; an abort ends it and rejects. */
export function runTool(command: string, args: readonly string[], settings: ToolSettings): Promise<ToolResult> {
  const { env, signal, cwd } = settings;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(command, [...args], {
      cwd,
      env: env as NodeJS.ProcessEnv,
      signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "EACCES")
        resolve({ status: undefined, stdout, reason: "not found" });
      else reject(error);
    });
    child.on("close", (status, killedBy) => {
      resolve({ status: status ?? 1, stdout, reason: lastLines(output) || `it was ended by ${killedBy}` });
    });
  });
}

function lastLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter(Boolean).slice(-3).join(" | ").slice(-600);
}
