import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type InstructionSet,
  instructionSetsFor,
} from "../../plugins/codex-plugin-compute-onnx/src/native/instruction-sets.js";
import { kernelsFile } from "../../plugins/codex-plugin-compute-onnx/src/native/library-source.js";
import { repositoryRoot } from "./repository.js";

/** The sources of the native operators. */
export const nativeFolder = join(repositoryRoot, "plugins/codex-plugin-compute-onnx/native");

const baseFlags = ["-std=c++20", "-g", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror"];

/** Runs a command. @throws an error with what it printed when it fails. */
export function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = { cwd: nativeFolder, encoding: "utf8", env: { ...process.env, ...env }, maxBuffer: 1 << 26 } as const;
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? signal}:\n${stdout}${stderr}`);
  return stdout;
}

/** One compilation of the driver's. */
export interface DriverObject {
  /** Relative to the sources' folder. */
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

/** What the driver (native/test) is made of, with the kernels of some instruction sets. */
export function driverObjects(sets: readonly InstructionSet[]): DriverObject[] {
  const macros = sets.map(({ name }) => `-DCODEX_HAS_${name.toUpperCase()}`);
  const checks = readdirSync(join(nativeFolder, "test")).filter((name) => name.endsWith(".cpp"));
  return [
    ...sets.map(({ name, flags }) => ({
      source: kernelsFile,
      object: `${name}.o`,
      flags: [`-DCODEX_SET=codex_${name}`, `-DCODEX_SET_NAME=${name}`, ...flags],
    })),
    ...["choose-kernels.cpp", ...checks.map((name) => `test/${name}`)].map((source) => ({
      source,
      object: `${basename(source)}.o`,
      flags: macros,
    })),
  ];
}

/** Compiles the kernels for an architecture, and the driver that runs them all; gives its path. */
export function compileDriver(compiler: string, arch: string, flags: readonly string[], output: string): string {
  const objects = driverObjects(instructionSetsFor(arch)).map(({ source, object, flags: own }) => {
    const path = join(output, object);
    runCommand(compiler, [...baseFlags, ...flags, ...own, "-c", source, "-o", path]);
    return path;
  });
  const program = join(output, "driver");
  runCommand(compiler, [...flags, ...objects, "-lpthread", "-o", program]);
  return program;
}
