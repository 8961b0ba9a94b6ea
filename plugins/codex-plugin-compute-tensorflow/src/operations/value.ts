/** A tensor inside a kernel. */
export interface Value {
  /** TensorFlow's handle. */
  readonly handle: number;
  readonly shape: readonly number[];
  /** TensorFlow's number of the element type. */
  readonly type: number;
}
