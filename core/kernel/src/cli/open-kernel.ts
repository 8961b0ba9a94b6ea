import type { Kernel, KernelSettings } from "../run/kernel-types.js";

/** Makes a kernel. Loads the container and all that goes with it, so only an action may call this. */
export async function openKernel(settings: KernelSettings): Promise<Kernel> {
  const { createKernel }: { createKernel(settings: KernelSettings): Promise<Kernel> | Kernel } = await import(
    new URL("../kernel.js", import.meta.url).href
  );
  return createKernel(settings);
}
