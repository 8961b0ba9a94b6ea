import { modelErrors } from "./errors.js";

/**
 * @throws CODEX_MODEL_HEAD_SPLIT when `embedDim` is no multiple of `headCount`; names the nearest sizes that fit.
 */
export function checkHeadSplit(embedDim: number, headCount: number): void {
  if (embedDim % headCount === 0) return;
  throw modelErrors.CODEX_MODEL_HEAD_SPLIT({
    what: `embedDim ${embedDim} cannot be split across ${headCount} heads.`,
    where: "model.embedDim, model.headCount",
    fix: `Use embedDim ${nearestMultiple(embedDim, headCount)}, or headCount ${nearestDivisor(embedDim, headCount)}.`,
  });
}

function nearestMultiple(value: number, of: number): number {
  return Math.max(1, Math.round(value / of)) * of;
}

/** Of two equally near divisors the larger. Ends at the latest at the number itself, or at 1. */
function nearestDivisor(of: number, value: number): number {
  for (let distance = 1; ; distance += 1) {
    if (of % (value + distance) === 0) return value + distance;
    if (value - distance >= 1 && of % (value - distance) === 0) return value - distance;
  }
}
