import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { repositoryRoot } from "./repository.js";

const folder = join(repositoryRoot, "plugins/codex-plugin-compute-onnx/native");

/** An instruction set that kernels are compiled for. */
export interface InstructionSet {
  readonly name: string;
  /** The compiler's own flags for it. */
  readonly flags: readonly string[];
  /** The macro that says that it is there; the portable set needs none. */
  readonly macro?: string;
}

const avx512 = ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"];

/** What x86-64 kernels are compiled for. */
export const x64Sets: readonly InstructionSet[] = [
  { name: "portable", flags: [] },
  { name: "avx2", flags: ["-mavx2", "-mfma"], macro: "CODEX_HAS_AVX2" },
  { name: "avx512", flags: avx512, macro: "CODEX_HAS_AVX512" },
];

/** What arm64 kernels are compiled for: its vectors are part of every such processor. */
export const arm64Sets: readonly InstructionSet[] = [{ name: "neon", flags: [] }];

const baseFlags = ["-std=c++20", "-g", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror"];

/** Runs a command. @throws an error with what it printed when it fails. */
export function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...env }, maxBuffer: 1 << 26 } as const;
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, options);
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? signal}:\n${stdout}${stderr}`);
  return stdout;
}

/** Compiles the kernels and the driver that runs them all (native/test); gives the program's path. */
export function compileDriver(
  compiler: string,
  sets: readonly InstructionSet[],
  flags: readonly string[],
  output: string,
): string {
  const macros = sets.flatMap(({ macro }) => (macro ? [`-D${macro}`] : []));
  const compile = (source: string, object: string, own: readonly string[]) => {
    runCommand(compiler, [...baseFlags, ...flags, ...own, "-c", source, "-o", object]);
    return object;
  };
  const kernels = sets.map(({ name, flags: own, macro }) => {
    const names = [`-DCODEX_SET=codex_${macro ? name : "portable"}`, `-DCODEX_SET_NAME=${name}`];
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
