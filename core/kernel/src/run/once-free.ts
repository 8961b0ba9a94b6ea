import { setTimeout as sleep } from "node:timers/promises";
import { isCodexError } from "../errors/codex-error.js";

/**
 * Does what needs a run's folder; tries again while another process has that: commands have it for moments only.
 *
 * @throws CODEX_RUN_FOLDER_LIVE when the other one still has it after `waitMs` milliseconds, and what `work` throws
 */
export async function onceFree<Value>(work: () => Promise<Value>, waitMs: number): Promise<Value> {
  const until = performance.now() + waitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLive(error) || performance.now() > until) throw error;
    }
    await sleep(100);
  }
}

/** Whether an error says that another process has a run's folder. */
export function isLive(error: unknown): boolean {
  return isCodexError(error) && error.code === "CODEX_RUN_FOLDER_LIVE";
}
