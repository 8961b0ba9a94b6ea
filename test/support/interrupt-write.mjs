/**
 * Loaded into a process with `--import`: ends it in a write to a file whose name ends in CODEX_TEST_WRITE_OF, the one
 * that CODEX_TEST_WRITE_AT counts. CODEX_TEST_WRITE_HOW: `tear` writes half of it and kills the process; `interrupt`
 * asks it to stop, as Ctrl+C does.
 */
import fs from "node:fs";
import { isMainThread } from "node:worker_threads";
import { watchFiles } from "./watch-files.mjs";

const { CODEX_TEST_WRITE_OF: ending, CODEX_TEST_WRITE_AT: at, CODEX_TEST_WRITE_HOW: how } = process.env;
const handles = new WeakSet();
let count = 0;

if (isMainThread && ending) {
  await watchFiles(({ name, target, values, isPromised }, go) => {
    if (isPromised && name === "open" && String(values[0]).endsWith(ending)) {
      return go().then((handle) => {
        handles.add(handle);
        return handle;
      });
    }
    if (name === "write" && handles.has(target) && ++count === Number(at)) {
      if (how === "interrupt") process.kill(process.pid, "SIGINT");
      else {
        const [bytes, from, length, position] = values;
        fs.writeSync(target.fd, bytes, from, Math.floor(length / 2), position);
        process.kill(process.pid, "SIGKILL");
      }
    }
    return go();
  });
}
