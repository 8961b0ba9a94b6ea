/** An instruction set that kernels are compiled for, and the compiler's flags for it. */
export interface InstructionSet {
  readonly name: string;
  readonly flags: readonly string[];
}

const portable: InstructionSet = { name: "portable", flags: [] };

const avx2: InstructionSet = { name: "avx2", flags: ["-mavx2", "-mfma"] };

const avx512: InstructionSet = {
  name: "avx512",
  flags: ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"],
};

/** What a library for an architecture has; the best that a processor has too is chosen when it is loaded. */
export function instructionSetsFor(arch: string): readonly InstructionSet[] {
  if (arch === "x64") return [avx512, avx2, portable];
  return arch === "arm64" ? [{ name: "neon", flags: [] }] : [portable];
}
