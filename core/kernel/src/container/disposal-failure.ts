import type { CodexError } from "../errors/codex-error.js";
import { partErrors } from "../errors/part-errors.js";
import type { DisposalFailure } from "./disposal-stack.js";

/** Parts that failed to close, as one coded error; undefined when there are none. */
export function disposalFailure(failures: readonly DisposalFailure[]): CodexError | undefined {
  if (failures.length === 0) return undefined;
  const reasons = failures.map(({ label, error }) => `${label}: ${error instanceof Error ? error.message : error}`);
  return partErrors.CODEX_PART_DISPOSAL({
    what: `${failures.length} part(s) failed to close: ${reasons.join("; ")}`,
    cause: new AggregateError(failures.map(({ error }) => error)),
  });
}
