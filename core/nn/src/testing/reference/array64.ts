/** A float64 tensor on the host, row-major: what references compute with. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Float64 tensors by name. */
export type Arrays64 = { readonly [name: string]: Array64 };

/** A tensor of zeros. */
export function zeros64(shape: readonly number[]): Array64 {
  return { shape, data: new Float64Array(shape.reduce((product, length) => product * length, 1)) };
}
