import { adamwKernels } from "./operators/adamw.js";
import { rmsNormKernels } from "./operators/rms-norm.js";
import { rotaryKernels } from "./operators/rotary.js";
import { swigluKernels } from "./operators/swiglu.js";
import type { KernelFamily } from "./recorded-kernel.js";

/** Operators of codex-nn that are recorded as native ones; without those, their composed forms are recorded. */
export const nativeKernelTable: KernelFamily = {
  ...adamwKernels,
  ...rmsNormKernels,
  ...rotaryKernels,
  ...swigluKernels,
};
