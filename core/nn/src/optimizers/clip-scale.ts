/**
 * Factor that brings a gradient of this norm down to `clipNorm`: min(1, clipNorm / (gradNorm + 1e-6)), as PyTorch's
 * clip_grad_norm_. Without a clipNorm, or with 0, it is 1. NaN stays NaN.
 */
export function clipScale(gradNorm: number, clipNorm?: number): number {
  return clipNorm === undefined || clipNorm === 0 ? 1 : Math.min(1, clipNorm / (gradNorm + 1e-6));
}
