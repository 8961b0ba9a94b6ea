import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Gives packages' compiled modules as they are; others go to the loaders before. */
export function load(url, context, nextLoad) {
  const isCompiled = /^file:.*\/(?:core|plugins)\/[^/]+\/dist\/.*\.js$/.test(url) && !url.includes("/node_modules/");
  if (!isCompiled) return nextLoad(url, context);
  return { format: "module", source: readFileSync(fileURLToPath(url), "utf8"), shortCircuit: true };
}
