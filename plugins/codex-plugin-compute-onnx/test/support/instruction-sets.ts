import koffi from "koffi";
import { defaultCompiler, findLibrary, packageFolder } from "#src/native/find-library.js";

export const instructionSets = ["avx512", "avx2", "neon", "portable"] as const;

/** Chooses the kernels of an instruction set, "" for the best; 0 where this processor or architecture does not have it. */
export async function kernelChooser(): Promise<(name: string) => number> {
  const found = await findLibrary({ packageFolder, compiler: defaultCompiler() });
  if (!("path" in found)) throw new Error(found.missing);
  return koffi.load(found.path).func("codex_native_choose", "int", ["const char *"]) as (name: string) => number;
}
