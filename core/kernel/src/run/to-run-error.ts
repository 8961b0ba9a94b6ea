import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";

/**
 * What a run failed of, as a coded error: an abort before there was anything to save is an interruption.
 *
 * @param fix where there is no run whose log would tell more
 */
export function toRunError(error: unknown, signal: AbortSignal, what: string, fix?: string): CodexError {
  if (isCodexError(error)) return error;
  const name = error instanceof Error ? error.name : "";
  if (signal.aborted && (error === signal.reason || name === "AbortError")) {
    return runErrors.CODEX_RUN_INTERRUPTED({ what: `${what} was stopped.`, cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return runErrors.CODEX_RUN_FAILED({ what: `${what} failed: ${reason}`, fix, cause: error });
}
