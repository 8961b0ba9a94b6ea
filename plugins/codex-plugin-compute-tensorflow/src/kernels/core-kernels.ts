import { getKernel, type KernelFunc, Reshape, Sum, type TensorInfo } from "@tensorflow/tfjs-core";
import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Value } from "../operations/value.js";

interface SumAttrs {
  /** null: all axes. */
  readonly axis: number | number[] | null;
  readonly keepDims: boolean;
}

/**
 * Kernels of tfjs-core that TensorFlow has quicker ways for: sums of columns by the gradient of a bias, and reshaping
 * with shapes that were handed over once.
 */
export function installCoreKernels(installer: KernelInstaller, backendName: string): void {
  installer.install<{ x: Value }, { shape: readonly number[] }>(Reshape, (operations, { x }, { shape }) => [
    operations.reshape(x, shape),
  ]);
  const original: KernelFunc = getKernel(Sum, backendName).kernelFunc;
  installer.replace(Sum, (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    const { axis, keepDims } = call.attrs as unknown as SumAttrs;
    if (keepDims || axis === null || !isAllButLast([axis].flat(), x)) return original(call);
    return installer.run({ x }, (operations, values) => operations.output(operations.columnSums(values.x!)));
  });
}

/** Whether these are all axes but the last, of at least two, of float32. */
function isAllButLast(axes: readonly number[], { shape, dtype }: TensorInfo): boolean {
  const rank = shape.length;
  if (dtype !== "float32" || rank < 2 || axes.length !== rank - 1) return false;
  return axes.every((axis) => (axis + rank) % rank !== rank - 1);
}
