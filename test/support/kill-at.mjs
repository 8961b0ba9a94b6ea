/**
 * Loaded into a process with `--import`: counts what its threads do to files, and kills the process before the one that
 * CODEX_TEST_KILL_AT names (`main:37`, `thread:5`). The counts go to CODEX_TEST_COUNT_FILE, a line each.
 */
import fs from "node:fs";
import { isMainThread } from "node:worker_threads";
import { watchFiles } from "./watch-files.mjs";

const thread = isMainThread ? "main" : "thread";
const [killThread, killAt] = (process.env.CODEX_TEST_KILL_AT ?? ":").split(":");
const countFile = process.env.CODEX_TEST_COUNT_FILE;
const { appendFileSync } = fs;
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

await watchFiles(({ name }, go) => {
  if (name !== "open") touch();
  return go();
});
