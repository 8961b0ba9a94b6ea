import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  BatchMatMul,
  getKernel,
  type KernelConfig,
  registerKernel,
  type TensorInfo,
  Transpose,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import type { WasmHeap } from "../wasm-heap.js";

interface Attrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const wrapped = new WeakSet<KernelConfig["kernelFunc"]>();

/**
 * Makes products of single matrices transpose their operands first. The WebAssembly backend has a fast path for
 * products without transposed operands only: the others, the half of all gradients, took ten times as long.
 */
export function installMatrixProduct(backendName: string, heap: WasmHeap): void {
  const original = getKernel(BatchMatMul, backendName);
  const { kernelFunc: multiply } = original;
  const { kernelFunc: transpose } = getKernel(Transpose, backendName);
  if (wrapped.has(multiply)) return;
  const kernelFunc: KernelConfig["kernelFunc"] = ({ inputs, backend, attrs }) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = attrs as unknown as Attrs;
    if (!isMatrix(a) || !isMatrix(b)) return multiply({ inputs, backend, attrs });
    if (!transposeA && !transposeB) {
      heap.roomToPack(b, productBytes(a, b));
      return multiply({ inputs, backend, attrs });
    }
    const turned = (x: TensorInfo) => {
      const axes = x.shape.map((_, axis) => axis);
      const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
      return transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
    };
    const left = transposeA ? turned(a) : a;
    const right = transposeB ? turned(b) : b;
    const straight = { transposeA: false, transposeB: false };
    heap.roomToPack(right, productBytes(left, right));
    const product = multiply({ inputs: { a: left, b: right }, backend, attrs: straight });
    for (const copy of [left, right]) if (copy !== a && copy !== b) (backend as BackendWasm).disposeData(copy.dataId);
    return product;
  };
  wrapped.add(kernelFunc);
  unregisterKernel(BatchMatMul, backendName);
  registerKernel({ ...original, kernelFunc });
}

/** Bytes of [1, n, k]·[1, k, m]. */
function productBytes(a: TensorInfo, b: TensorInfo): number {
  return a.shape.at(-2)! * b.shape.at(-1)! * Float32Array.BYTES_PER_ELEMENT;
}

/** Whether all axes but the last two have length 1. */
function isMatrix({ shape }: TensorInfo): boolean {
  return shape.slice(0, -2).every((length) => length === 1);
}
