/**
 * Prepares a corpus and trains on it, and counts the process's threads meanwhile. Usage: FOLDER WORKERS|default THREADS.
 * Prints the most that there were beyond Node's own, as JSON: while preparing, and while training.
 */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createKernel } from "codex-core/kernel";

const [projectFolder = "", workers = "", threads = ""] = process.argv.slice(2);
const countThreads = () => readdirSync("/proc/self/task").length;

const kernel = await createKernel({
  projectFolder,
  overrides: [
    `run.outputDir=${join(projectFolder, "run")}`,
    `compute.threads=${threads}`,
    ...(workers === "default" ? [] : [`data.workers=${workers}`]),
  ],
});
// Files are read by threads that Node starts with the first of them.
await Promise.all(Array.from({ length: 8 }, () => readFile(new URL(import.meta.url))));
const own = countThreads();
const most = { preparing: 0, training: 0 };
let phase = "preparing";
const count = () => {
  most[phase] = Math.max(most[phase], countThreads() - own);
};
const timer = setInterval(count, 2);
try {
  await kernel.train({
    observer: {
      stepEnd: () => {
        phase = "training";
        count();
      },
      checkpointSaved: count,
    },
  });
} finally {
  clearInterval(timer);
  await kernel.dispose();
}
process.stdout.write(JSON.stringify(most));
