import type { Named } from "./json.js";

/** Element types that cross the border between the kernel's host memory and a compute backend. */
export type DataType = "float32" | "int32";

/** Host memory of a tensor: row-major, little-endian. */
export type TypedArray = Float32Array | Int32Array;

/** Shape and element type of one tensor. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** A tensor in host memory: `data.length` is the product of `shape`. */
export interface TensorData extends TensorSpec {
  readonly data: TypedArray;
}

/** Tensor specifications by name. */
export type TensorSpecs = Named<TensorSpec>;
