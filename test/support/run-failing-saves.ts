import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const loader = new URL("./typescript.mjs", import.meta.url).href;
const failAt = new URL("./fail-at.mjs", import.meta.url).href;
const program = fileURLToPath(new URL("./failing-saves.ts", import.meta.url));

/** Runs failing-saves.ts with every so many-th operation failing. */
export async function runFailingSaves(
  every: number,
): Promise<{ readonly failed: number; readonly problems: readonly string[] }> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "codex failing "));
  try {
    const command = ["--import", loader, "--import", failAt, program];
    const environment = { CODEX_TEST_FAIL_BELOW: folder, CODEX_TEST_FAIL_EVERY: String(every) };
    const { stdout } = await promisify(execFile)(process.execPath, command, {
      env: { ...process.env, ...environment },
    });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
