/** For `node --import`: writes the URL of each module that is loaded into the file that RECORD_MODULES names. */
import { appendFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { isMainThread } from "node:worker_threads";

const file = process.env.RECORD_MODULES;

if (isMainThread) {
  register(import.meta.url);
  process.once("exit", () => {
    // Modules that CommonJS loads do not pass the hooks.
    for (const path of Object.keys(createRequire(import.meta.url).cache)) appendFileSync(file, `${path}\n`);
  });
}

export async function load(url, context, nextLoad) {
  appendFileSync(file, `${url}\n`);
  return nextLoad(url, context);
}
