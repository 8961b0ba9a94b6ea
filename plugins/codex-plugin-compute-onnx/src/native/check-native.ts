import type { CreateContext, PartFinding } from "codex-core";
import { createRuntime } from "../runtime/create-runtime.js";
import { defaultCompiler, findLibrary, packageFolder } from "./find-library.js";

const origins = { package: "built with the package", cache: "built here before", compiler: "built just now" } as const;

/** Which operators the engine uses, and why, for `codex doctor`. Builds them where it can, as a run would. */
export async function checkNative({ folders }: Pick<CreateContext, "folders">): Promise<readonly PartFinding[]> {
  const library = await findLibrary({ packageFolder, cacheFolder: folders.cache, compiler: defaultCompiler() });
  if ("missing" in library) {
    return [{ status: "ok", detail: `stock operators, slower: ${library.missing} ${library.fix}` }];
  }
  const reasons: string[] = [];
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_: string, fields?: object) => reasons.push(whyOf(fields)),
  };
  const runtime = await createRuntime("auto", undefined, logger, { nativeLibrary: async () => library });
  try {
    const { native } = runtime;
    if (!native) return [{ status: "failed", detail: `native operators are not used: ${reasons.join(" ")}`, fix }];
    return [{ status: "ok", detail: `native operators (${native.instructionSet}), ${origins[library.from]}` }];
  } finally {
    await runtime.dispose();
  }
}

const fix = "Build again (npm run build), or set compute.native to false.";

function whyOf(fields: object | undefined): string {
  return String((fields as { readonly why?: unknown } | undefined)?.why ?? "they do not load");
}
