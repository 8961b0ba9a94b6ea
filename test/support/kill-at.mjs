/**
 * Loaded into a process with `--import`: counts what its threads do to files, and kills the process before the one that
 * CODEX_TEST_KILL_AT names (`main:37`, `thread:5`). Without it, the counts go to CODEX_TEST_COUNT_FILE at the end.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { isMainThread } from "node:worker_threads";

const thread = isMainThread ? "main" : "thread";
const [killThread, killAt] = (process.env.CODEX_TEST_KILL_AT ?? ":").split(":");
const countFile = process.env.CODEX_TEST_COUNT_FILE;
const appendFileSync = fs.appendFileSync;
let count = 0;
let isCounting = false;

function touch() {
  if (isCounting) return;
  count++;
  isCounting = true;
  if (countFile) appendFileSync(countFile, `${thread}\n`);
  isCounting = false;
  if (thread === killThread && count === Number(killAt)) process.kill(process.pid, "SIGKILL");
}

function watch(owner, names) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (...values) {
      touch();
      return original.apply(this, values);
    };
  }
}

watch(fs.promises, ["mkdir", "rename", "rm", "rmdir", "unlink", "writeFile", "appendFile"]);
watch(fs, ["writeSync", "appendFileSync", "writeFileSync", "renameSync", "mkdirSync", "write"]);
const handle = await fs.promises.open(new URL(import.meta.url), "r");
watch(Object.getPrototypeOf(handle), ["write", "writeFile", "appendFile", "sync", "datasync", "truncate"]);
await handle.close();
syncBuiltinESMExports();
