import "reflect-metadata";
import type { ErrorCapture } from "../error-capture/error-capture.js";
import { createKernelFor } from "../run/create-kernel.js";
import type { Kernel, KernelSettings } from "../run/kernel-types.js";

/** Makes a kernel. Importing this file loads the container and all that goes with it. */
export function openKernel(settings: KernelSettings, capture: ErrorCapture): Promise<Kernel> {
  return createKernelFor(settings, capture);
}
