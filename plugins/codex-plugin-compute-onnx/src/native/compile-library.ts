import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { availableCores } from "codex-core";
import { instructionSetsFor } from "./instruction-sets.js";
import { kernelsFile, type LibrarySource } from "./library-source.js";

const run = promisify(execFile);

const commonFlags = ["-std=c++20", "-O3", "-fPIC", "-fno-rtti", "-fvisibility=hidden", "-Wall", "-Wextra"];

export interface CompileOptions {
  /** The C++ compiler's command. */
  readonly compiler: string;
  /** Node's name of the architecture. */
  readonly arch?: string;
  /** Added to every compilation. */
  readonly flags?: readonly string[];
}

/**
 * Compiles the library to `path`, which appears whole or not at all: two processes that do so at once do no harm.
 *
 * @throws what the compiler says
 */
export async function compileLibrary(source: LibrarySource, path: string, options: CompileOptions): Promise<void> {
  const { compiler, arch = process.arch, flags = [] } = options;
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(join(dirname(path), ".building-"));
  try {
    const objects = objectsOf(source, arch);
    const waiting = objects.entries();
    const compile = async () => {
      for (const [index, { file, flags: own }] of waiting) {
        const target = join(folder, `${index}.o`);
        await run(compiler, [...commonFlags, ...own, ...flags, "-c", join(source.folder, file), "-o", target]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(availableCores(), objects.length) }, compile));
    const library = join(folder, "library");
    // A function that several objects have is taken from the first: of the plainest instruction set, which all run.
    const files = objects.map((_, index) => join(folder, `${index}.o`)).reverse();
    await run(compiler, ["-shared", ...flags, ...files, "-o", library]);
    await rename(library, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One compilation each: the kernels once for each instruction set, longest first, and everything else once. */
function objectsOf({ files }: LibrarySource, arch: string) {
  const sets = instructionSetsFor(arch);
  const has = sets.map(({ name }) => `-DCODEX_HAS_${name.toUpperCase()}`);
  return [
    ...sets.map(({ name, flags }) => ({
      file: kernelsFile,
      // Kernels run on ONNX Runtime's threads, where nobody would catch.
      flags: ["-fno-exceptions", `-DCODEX_SET=codex_${name}`, `-DCODEX_SET_NAME=${name}`, ...flags],
    })),
    ...files.filter((file) => file !== kernelsFile).map((file) => ({ file, flags: has })),
  ];
}
