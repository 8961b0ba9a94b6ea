import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { availableCores } from "codex-core";
import { instructionSetsFor } from "./instruction-sets.js";
import { kernelsFile, type LibrarySource } from "./library-source.js";
import { runCompiler } from "./run-compiler.js";

const commonFlags = ["-std=c++20", "-O3", "-fPIC", "-fno-rtti", "-fvisibility=hidden", "-Wall", "-Wextra"];

export interface CompileOptions {
  /** The C++ compiler's command. */
  readonly compiler: string;
  /** Node's name of the architecture. */
  readonly arch?: string;
  /** Added to every compilation. */
  readonly flags?: readonly string[];
}

/** What a compilation that was killed left behind is taken away by one that comes this much later. */
const abandonedAfterMs = 60 * 60 * 1000;

/**
 * Compiles the library into a folder, where it appears whole or not at all: two processes that do so at once do no harm.
 *
 * @param nameOf - gives the library's file name
 * @returns the library's path
 * @throws what the compiler says, or what the system says of the folder
 */
export async function compileLibrary(
  source: LibrarySource,
  into: string,
  nameOf: (library: Uint8Array) => string,
  options: CompileOptions,
): Promise<string> {
  const { compiler, arch = process.arch, flags = [] } = options;
  await mkdir(into, { recursive: true });
  await removeAbandoned(into);
  const folder = await mkdtemp(join(into, ".building-"));
  try {
    const objects = objectsOf(source, arch);
    const waiting = objects.entries();
    const compile = async () => {
      for (const [index, { file, flags: own }] of waiting) {
        const target = join(folder, `${index}.o`);
        await runCompiler(compiler, [...commonFlags, ...own, ...flags, "-c", join(source.folder, file), "-o", target]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(availableCores(), objects.length) }, compile));
    const library = join(folder, "library");
    // A function that several objects have is taken from the first: of the plainest instruction set, which all run.
    const files = objects.map((_, index) => join(folder, `${index}.o`)).reverse();
    await runCompiler(compiler, ["-shared", ...flags, ...files, "-o", library]);
    const path = join(into, nameOf(await readFile(library)));
    await rename(library, path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeAbandoned(into: string): Promise<void> {
  for (const name of await readdir(into)) {
    if (!name.startsWith(".building-")) continue;
    const folder = join(into, name);
    const age = await stat(folder).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > abandonedAfterMs) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
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
