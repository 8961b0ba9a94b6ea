import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Json, JsonObject } from "../contracts/json.js";
import { isJsonObject } from "./read-json-file.js";

const importConditions = new Set(["node", "import", "module-sync", "default"]);
const requireConditions = new Set(["node", "require", "default"]);

/** The file that `import` of a package would load: its `exports`, else `main`, else index.js. */
export async function resolveEntry(folder: string, manifest: JsonObject): Promise<string> {
  if (manifest.exports !== undefined) {
    const target = mainExport(manifest.exports);
    const found =
      target === undefined ? undefined : (pick(target, importConditions) ?? pick(target, requireConditions));
    if (!found?.startsWith("./") || found.includes("..")) throw new Error("its `exports` has no entry for the package");
    return join(folder, found);
  }
  const main = typeof manifest.main === "string" ? manifest.main : "index.js";
  for (const candidate of [main, `${main}.js`, join(main, "index.js")]) {
    const file = join(folder, candidate);
    if (/\.[cm]?[jt]s$/.test(file) && (await exists(file))) return file;
  }
  return join(folder, main);
}

function mainExport(exports: Json): Json | undefined {
  if (!isJsonObject(exports)) return exports;
  const hasPaths = Object.keys(exports).some((key) => key.startsWith("."));
  return hasPaths ? exports["."] : exports;
}

function pick(target: Json, conditions: ReadonlySet<string>): string | undefined {
  if (typeof target === "string") return target;
  if (Array.isArray(target)) return (target as readonly Json[]).map((each) => pick(each, conditions)).find(Boolean);
  if (!isJsonObject(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const found = conditions.has(condition) ? pick(inner, conditions) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
