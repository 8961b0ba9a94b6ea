import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { instructionSetsFor } from "../../plugins/codex-plugin-compute-onnx/src/native/instruction-sets.js";
import { repositoryRoot } from "./repository.js";

const folder = join(repositoryRoot, "plugins/codex-plugin-compute-onnx/native");

const baseFlags = ["-std=c++20", "-g", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror"];

/** Runs a command. @throws an error with what it printed when it fails. */
export function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...env }, maxBuffer: 1 << 26 } as const;
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? signal}:\n${stdout}${stderr}`);
  return stdout;
}

/** Compiles the kernels for an architecture, and the driver that runs them all (native/test); gives its path. */
export function compileDriver(compiler: string, arch: string, flags: readonly string[], output: string): string {
  const sets = instructionSetsFor(arch);
  const macros = sets.map(({ name }) => `-DCODEX_HAS_${name.toUpperCase()}`);
  const compile = (source: string, object: string, own: readonly string[]) => {
    runCommand(compiler, [...baseFlags, ...flags, ...own, "-c", source, "-o", object]);
    return object;
  };
  const kernels = sets.map(({ name, flags: own }) => {
    const names = [`-DCODEX_SET=codex_${name}`, `-DCODEX_SET_NAME=${name}`];
    return compile("instruction-set.cpp", join(output, `${name}.o`), [...names, ...own]);
  });
  const checks = readdirSync(join(folder, "test")).filter((name) => name.endsWith(".cpp"));
  const rest = ["choose-kernels.cpp", ...checks.map((name) => `test/${name}`)].map((source) =>
    compile(source, join(output, `${basename(source)}.o`), macros),
  );
  const program = join(output, "driver");
  runCommand(compiler, [...flags, ...kernels, ...rest, "-lpthread", "-o", program]);
  return program;
}
