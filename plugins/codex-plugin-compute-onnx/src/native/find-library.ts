import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Logger } from "codex-core";
import { compileLibrary } from "./compile-library.js";
import { type LibrarySource, readLibrarySource } from "./library-source.js";

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
  const fix = "Install a C++ compiler (Debian: apt-get install g++), or set CXX to its command.";
  const version = await compilerVersion(places.compiler);
  if (version === undefined) return { missing: `There is no C++ compiler (${places.compiler}).`, fix };
  if (!places.cacheFolder) return { missing: "There is no folder to compile them in.", fix: "Run `npm run build`." };
  const key = createHash("sha256").update(`${source.digest}\0${version}`).digest("hex").slice(0, 16);
  const path = join(places.cacheFolder, "native", `codex-native-${key}.so`);
  if (existsSync(path)) return { path, from: "cache" };
  if (places.onlyExisting) return { missing: "They are compiled at first use.", fix: "Start a run, which does so." };
  try {
    logger?.info("Compiling native operators, once.", { compiler: places.compiler, path });
    await compileLibrary(source, path, { compiler: places.compiler });
    return { path, from: "compiler" };
  } catch (error) {
    const [line] = String((error as { stderr?: string }).stderr || (error as Error).message)
      .trim()
      .split("\n");
    return { missing: `The compiler ${places.compiler} failed: ${line}`, fix };
  }
}

async function compilerVersion(compiler: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(compiler, ["--version"])).stdout;
  } catch {
    return undefined;
  }
}
