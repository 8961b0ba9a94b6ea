import { normalValues } from "../random/normal-values.js";
import { createRandomStream } from "../random/random-stream.js";
import type { HostTensor } from "./test-backend.js";

/** Elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A float32 tensor of the given values. */
export function floats(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { shape, dtype: "float32", data: Float32Array.from(values) };
}

/** An int32 tensor of the given values. */
export function ints(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { shape, dtype: "int32", data: Int32Array.from(values) };
}

/** Normal values that depend on shape, seed and deviation only. */
export function randomFloats(shape: readonly number[], seed: number, standardDeviation = 1): HostTensor {
  const size = sizeOf(shape);
  return { shape, dtype: "float32", data: normalValues({ seed, stream: size, size, standardDeviation }) };
}

/** Ids in [0, limit). */
export function randomIds(shape: readonly number[], limit: number, seed: number): HostTensor {
  const random = createRandomStream({ seed, use: "sampling", stream: limit, position: 0 });
  return ints(
    shape,
    Array.from({ length: sizeOf(shape) }, () => Math.floor(random.nextUniform() * limit)),
  );
}
