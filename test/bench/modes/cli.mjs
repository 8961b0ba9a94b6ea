import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spread } from "../statistics.mjs";

/** `codex --help`, the whole process. */
export function run({ rounds }) {
  const command = fileURLToPath(new URL("../../../core/kernel/dist/cli/main.js", import.meta.url));
  const ms = Array.from({ length: rounds }, () => {
    const started = performance.now();
    const { status } = spawnSync(process.execPath, [command, "--help"]);
    if (status !== 0) throw new Error("codex --help failed.");
    return performance.now() - started;
  });
  const result = spread(ms);
  console.log(`codex --help: ${result.median.toFixed(0)} ms (${result.min.toFixed(0)}–${result.max.toFixed(0)})`);
  return result;
}
