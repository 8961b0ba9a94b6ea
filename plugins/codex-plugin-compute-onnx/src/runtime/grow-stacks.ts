import type { Koffi } from "./ort-api.js";

/**
 * koffi calls on stacks of its own, 128 KiB for asynchronous ones: too little for matrix kernels with stack buffers. It
 * takes another size only before the process loads its first library, or tries to: whoever loads one calls this first.
 */
export function growStacks(koffi: Koffi): void {
  const bytes = 4 * 1024 * 1024;
  const current = koffi.config();
  try {
    koffi.config({
      sync_stack_size: Math.max(bytes, current.sync_stack_size ?? 0),
      async_stack_size: Math.max(bytes, current.async_stack_size ?? 0),
    });
  } catch {
    // A library was loaded already: by this plugin, with these stacks, or by another user of koffi, as it set them.
  }
}
