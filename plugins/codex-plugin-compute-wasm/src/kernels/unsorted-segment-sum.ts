import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { getKernel, registerKernel, type TensorInfo, UnsortedSegmentSum, util } from "@tensorflow/tfjs-core";

/**
 * Registers `UnsortedSegmentSum`, the gradient of gather, which the WebAssembly backend lacks: x [N, ...] and
 * segmentIds int32 [N] → [numSegments, ...]. Rows whose id is out of range are left out.
 */
export function installUnsortedSegmentSum(backendName: string): void {
  if (getKernel(UnsortedSegmentSum, backendName)) return;
  registerKernel({
    kernelName: UnsortedSegmentSum,
    backendName,
    kernelFunc({ inputs, backend, attrs }) {
      const { x, segmentIds } = inputs as { x: TensorInfo; segmentIds: TensorInfo };
      const numSegments = (attrs as unknown as { numSegments: number }).numSegments;
      const wasm = backend as BackendWasm;
      const out = wasm.makeOutput([numSegments, ...x.shape.slice(1)], x.dtype);
      const sums = wasm.typedArrayFromHeap(out).fill(0);
      const rows = wasm.typedArrayFromHeap(x);
      const ids = wasm.typedArrayFromHeap(segmentIds);
      const width = util.sizeFromShape(x.shape.slice(1));
      for (let row = 0; row < ids.length; row += 1) {
        const id = ids[row]!;
        if (id < 0 || id >= numSegments) continue;
        for (let column = 0; column < width; column += 1) {
          sums[id * width + column]! += rows[row * width + column]!;
        }
      }
      return out;
    },
  });
}
