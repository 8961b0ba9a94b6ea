import type { CheckContext, PartFinding } from "codex-core";
import { createRuntime } from "../runtime/create-runtime.js";
import { defaultCompiler, findLibrary, packageFolder } from "./find-library.js";

const origins = { package: "built with the package", cache: "built here before", compiler: "built just now" } as const;

/**
 * Which operators the engine uses, and why, for `codex doctor`: here, and in each config that wants stock ones. Builds
 * native ones where it can, as a run would; builds none where every config does without.
 */
export async function checkNative({ folders, configs }: CheckContext): Promise<readonly PartFinding[]> {
  const reasons = configs.map(({ name, section }) => ({ name, why: whyNotWanted(section) }));
  const without = reasons.filter(({ why }) => why !== undefined);
  const stock = without.map(({ name, why }) => ({
    status: "ok" as const,
    detail: `stock operators (${why}) in ${name}`,
  }));
  return configs.length > 0 && without.length === configs.length ? stock : [await findNative(folders.cache), ...stock];
}

/** Why a config's `compute` does without native operators; undefined where it does not. */
function whyNotWanted({ native, runtime }: CheckContext["configs"][number]["section"]): string | undefined {
  if (native === false) return "compute.native is false";
  return runtime === "binding" ? "compute.runtime is binding" : undefined;
}

async function findNative(cacheFolder: string): Promise<PartFinding> {
  const library = await findLibrary({ packageFolder, cacheFolder, compiler: defaultCompiler() });
  if ("missing" in library) {
    return { status: "note", detail: `stock operators, slower: ${library.missing} ${library.fix ?? ""}`.trim() };
  }
  const runtime = await createRuntime("auto", undefined, undefined, { nativeLibrary: async () => library });
  try {
    const { native, whyStock } = runtime;
    if (!native) {
      const fix = `Delete ${library.path}, so that it is compiled again, or set compute.native to false.`;
      return { status: "failed", detail: `stock operators, slower: ${whyStock}`, fix };
    }
    return { status: "ok", detail: `native operators (${native.instructionSet}), ${origins[library.from]}` };
  } finally {
    await runtime.dispose();
  }
}
