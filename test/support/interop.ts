import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "./repository.js";

const folder = join(repositoryRoot, ".cache/interop");

/** The Python that has the real readers. */
export const python = join(folder, "venv/bin/python");

/** Another supported Node, by its major version. */
export function otherNode(major: 22 | 24): string {
  return join(folder, `node_modules/node${major}/bin/node`);
}

/** What a Python program printed as JSON. */
export function runPython(program: string, ...args: readonly string[]): unknown {
  return JSON.parse(execFileSync(python, ["-c", program, ...args], { encoding: "utf8" }));
}

/** The losses of a training server's first steps. */
export function servedLosses(command: string, args: readonly string[], steps: number): number[] {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd: repositoryRoot,
    encoding: "utf8",
    input: `${steps}\n`,
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  const replies = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return replies.flatMap((reply) => reply.loss ?? []);
}
