import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const promised = ["mkdir", "open", "rename", "rm", "rmdir", "unlink", "writeFile", "appendFile"];
const synchronous = ["writeSync", "appendFileSync", "writeFileSync", "renameSync", "mkdirSync", "write"];
const ofHandles = ["write", "writeFile", "appendFile", "sync", "datasync", "truncate"];

/**
 * Puts `around` in the place of what this thread does to files from now on. A module that calls it can be loaded into a
 * process with `--import`; Node loads it into each thread.
 *
 * @param {(call: { name: string, target: unknown, values: unknown[], isPromised: boolean }, go: () => unknown) => unknown} around
 *   gets the call and what performs it; gives what the caller gets
 */
export async function watchFiles(around) {
  const watch = (owner, names, isPromised) => {
    for (const name of names) {
      const original = owner[name];
      owner[name] = function (...values) {
        return around({ name, target: this, values, isPromised }, () => original.apply(this, values));
      };
    }
  };
  const handle = await fs.promises.open(new URL(import.meta.url), "r");
  await handle.close();
  watch(Object.getPrototypeOf(handle), ofHandles, true);
  watch(fs.promises, promised, true);
  watch(fs, synchronous, false);
  syncBuiltinESMExports();
}
