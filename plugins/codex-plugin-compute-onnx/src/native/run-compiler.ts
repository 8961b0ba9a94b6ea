import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs a compiler, whose command may have arguments of its own as in make's CXX (`ccache g++`), and gives what it prints.
 *
 * @throws what it prints to stderr, when it fails or is not there
 */
export async function runCompiler(compiler: string, args: readonly string[]): Promise<string> {
  const [command, ...own] = existsSync(compiler) ? [compiler] : compiler.trim().split(/\s+/);
  return (await run(command!, [...own, ...args])).stdout;
}
