import type { EagerData, EagerErrors, HostValues } from "./eager-types.js";

interface Spec {
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Whether shape and dtype are equal. */
export function sameSpec(one: Spec, other: Spec): boolean {
  return (
    one.dtype === other.dtype &&
    one.shape.length === other.shape.length &&
    one.shape.every((length, axis) => length === other.shape[axis])
  );
}

/** `float32 [2, 3]` */
export function showSpec({ shape, dtype }: Spec): string {
  return `${dtype} [${shape.join(", ")}]`;
}

/** Whether the array has the length and element type that the specification asks for. */
export function holds(spec: Spec, values: unknown): boolean {
  const fits = spec.dtype === "int32" ? values instanceof Int32Array : values instanceof Float32Array;
  return fits && (values as HostValues).length === sizeOf(spec.shape);
}

/** @throws CODEX_COMPUTE_STATE_MISMATCH when data is not what its own shape and dtype say. */
export function assertTensorData(name: string, value: EagerData, errors: EagerErrors): void {
  if (holds(value, value.data)) return;
  throw errors.CODEX_COMPUTE_STATE_MISMATCH({
    what: `The values for ${name} are ${value.data.constructor.name} of length ${value.data.length}, not ${showSpec(value)}.`,
    where: name,
  });
}
