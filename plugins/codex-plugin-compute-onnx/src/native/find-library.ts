import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "codex-core";
import { findCached, nameOfCached } from "./cached-library.js";
import { compileLibrary } from "./compile-library.js";
import { type LibrarySource, readLibrarySource } from "./library-source.js";
import { runCompiler } from "./run-compiler.js";

/** The library's file, or why there is none. */
export type FoundLibrary =
  | { readonly path: string; readonly from: "package" | "cache" | "compiler" }
  | { readonly missing: string; readonly fix?: string };

/** Where to look and what to build with; tests replace them. */
export interface LibraryPlaces {
  /** The package's folder, which holds `native` (sources) and `prebuilt` (libraries). */
  readonly packageFolder: string;
  /** For libraries that are compiled at first use; none are where it is absent. */
  readonly cacheFolder?: string | undefined;
  /** The C++ compiler's command. */
  readonly compiler: string;
  /** Look, and build nothing. */
  readonly onlyExisting?: boolean;
}

export const packageFolder = fileURLToPath(new URL("../../", import.meta.url));

/** The compiler that the environment names, or the system's. */
export const defaultCompiler = (): string => process.env.CXX || "c++";

/** Where the package's own library for this platform and these sources lies. */
export function prebuiltPath(folder: string, source: LibrarySource): string {
  return join(folder, "prebuilt", `${process.platform}-${process.arch}`, `codex-native-${source.digest}.so`);
}

/** Finds the native library, or compiles it into the cache: a matter of seconds, once. Never fails. */
export async function findLibrary(places: LibraryPlaces, logger?: Logger): Promise<FoundLibrary> {
  const source = readLibrarySource(join(places.packageFolder, "native"));
  const prebuilt = prebuiltPath(places.packageFolder, source);
  if (existsSync(prebuilt)) return { path: prebuilt, from: "package" };
  if (process.platform === "win32") {
    return { missing: "Windows has no native operators yet.", fix: "Nothing: the stock operators are used." };
  }
  const folder = places.cacheFolder && join(places.cacheFolder, "native");
  const version = await compilerVersion(places.compiler);
  const cached = folder && findCached(folder, source, version);
  if (cached) return { path: cached, from: "cache" };
  if (version === undefined) return { missing: `There is no C++ compiler (${places.compiler}).`, fix: compilerFix };
  if (!folder) return { missing: "There is no folder to compile them in.", fix: "Run `npm run build`." };
  if (places.onlyExisting) return { missing: "They are compiled at first use.", fix: "Start a run, which does so." };
  try {
    // A warning, because people are told of those: at first use a start takes this much longer.
    logger?.warn("Native operators are compiled first, once: a minute or so.", { compiler: places.compiler, folder });
    const nameOf = (library: Uint8Array) => nameOfCached(source, version, library);
    const path = await compileLibrary(source, folder, nameOf, { compiler: places.compiler });
    return { path, from: "compiler" };
  } catch (error) {
    return whyNotCompiled(error as CompileError, places.compiler, folder);
  }
}

/** Of the compiler, which has printed something, or of the file system. */
type CompileError = Error & { readonly stderr?: string };

function whyNotCompiled(error: CompileError, compiler: string, folder: string): FoundLibrary {
  if (error.stderr === undefined) {
    const fix = "Let this user write there, free space, or name another folder by run.cacheDir.";
    return { missing: `They cannot be compiled into ${folder}: ${error.message}.`, fix };
  }
  const lines = (error.stderr || error.message).trim().split("\n");
  const line = lines.find((each) => /error/i.test(each)) ?? lines[0]!;
  return { missing: `The compiler ${compiler} failed: ${line.replace(/\.$/, "")}.`, fix: compilerFix };
}

const compilerFix = "Install a C++ compiler (Debian: apt-get install g++), or set CXX to its command.";

async function compilerVersion(compiler: string): Promise<string | undefined> {
  try {
    return await runCompiler(compiler, ["--version"]);
  } catch {
    return undefined;
  }
}
