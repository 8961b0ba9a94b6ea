import { createKernel } from "../kernel.js";
import type { Kernel, KernelSettings } from "../run/kernel-types.js";

/** Makes a kernel. Importing this file loads the container and all that goes with it. */
export function openKernel(settings: KernelSettings): Promise<Kernel> {
  return createKernel(settings);
}
