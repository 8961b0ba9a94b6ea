/**
 * Loaded into a process with `--import`: of the append of lines to a file that CODEX_TEST_KILL_IN_LINE names by its
 * number, it writes all but the last bytes, and kills the process.
 */
import fs from "node:fs";
import { watchFiles } from "./watch-files.mjs";

const killAt = Number(process.env.CODEX_TEST_KILL_IN_LINE);
const lineForm = /^\d+ \S+ \d+\n/;
let count = 0;

await watchFiles(({ name, target, values: [text] }, go) => {
  if (name !== "appendFile" || typeof text !== "string" || !lineForm.test(text)) return go();
  count++;
  if (count !== killAt) return go();
  fs.writeSync(target.fd, text.slice(0, -9));
  process.kill(process.pid, "SIGKILL");
});
