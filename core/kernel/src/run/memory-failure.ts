import type { CodexError } from "../errors/codex-error.js";
import { computeErrors } from "../errors/compute-errors.js";
import { freeBytes } from "../plan/memory-limit.js";
import { partsInWords } from "../plan/memory-parts.js";
import { formatBytes } from "../text/quantity.js";
import type { FittedPlan } from "./find-plan.js";

/** A failure for lack of memory together with what the plan foretold; any other failure as it is. */
export function withPlanFigures(failure: CodexError, plan: Pick<FittedPlan, "run" | "limit"> | undefined): CodexError {
  if (failure.code !== "CODEX_COMPUTE_MEMORY" || !plan) return failure;
  const { run, limit } = plan;
  const least = run.unknown.length > 0 ? "at least" : "about";
  const foretold = `The plan foretold ${least} ${formatBytes(run.memoryBytes)} (${partsInWords(run.memory)})`;
  return computeErrors.CODEX_COMPUTE_MEMORY({
    what: failure.what,
    where: failure.where,
    why: `${foretold} of ${formatBytes(limit.bytes)} (${limit.from}); ${formatBytes(freeBytes())} are free now.`,
    fix: failure.fix,
    cause: failure.cause,
  });
}
