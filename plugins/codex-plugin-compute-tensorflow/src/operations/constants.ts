import type { NodeBinding, OperationAttribute } from "../node-binding.js";
import type { Value } from "./value.js";

/**
 * The name of variables that belong to their handle alone.
 *
 * @source tensorflow/core/framework/resource_handle.h, ResourceHandle::ANONYMOUS_NAME
 */
const anonymous = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";

/** Small tensors and attributes that kernels need again and again: made once, never freed. */
export class Constants {
  readonly #scalars = new Map<number, Value>();
  readonly #ints = new Map<string, Value>();
  readonly keepDims: readonly OperationAttribute[];
  /** `dtype`, for operations that have no input to tell it from. */
  readonly floatType: readonly OperationAttribute[];

  constructor(private readonly binding: NodeBinding) {
    this.keepDims = [{ name: "keep_dims", type: binding.TF_ATTR_BOOL, value: true }];
    this.floatType = [{ name: "dtype", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
  }

  scalar(value: number): Value {
    let found = this.#scalars.get(value);
    if (!found) {
      found = this.floats([], Float32Array.of(value));
      this.#scalars.set(value, found);
    }
    return found;
  }

  /** int32 [n]: shapes and axes. */
  ints(values: readonly number[]): Value {
    const key = values.join();
    let found = this.#ints.get(key);
    if (!found) {
      const { TF_INT32: type } = this.binding;
      const shape = [values.length];
      found = { handle: this.binding.createTensor(shape, type, Int32Array.from(values)), shape, type };
      this.#ints.set(key, found);
    }
    return found;
  }

  /** A tensor that the caller keeps. */
  floats(shape: readonly number[], values: Float32Array): Value {
    const { TF_FLOAT: type } = this.binding;
    return { handle: this.binding.createTensor(shape, type, values), shape, type };
  }

  free({ handle }: Value): void {
    this.binding.deleteTensor(handle);
  }

  /** Attributes of a matrix product. */
  adjoints(a: boolean, b: boolean): readonly OperationAttribute[] {
    const { TF_ATTR_BOOL: type } = this.binding;
    return [
      { name: "adj_x", type, value: a },
      { name: "adj_y", type, value: b },
    ];
  }

  /** Attributes of a variable that ends with its handle. */
  variable(shape: readonly number[]): readonly OperationAttribute[] {
    const { TF_ATTR_SHAPE, TF_ATTR_STRING } = this.binding;
    return [
      ...this.floatType,
      { name: "shape", type: TF_ATTR_SHAPE, value: shape },
      { name: "shared_name", type: TF_ATTR_STRING, value: anonymous },
    ];
  }

  /** Attributes of an operation over a list of values of one type. */
  countOf(values: readonly Value[]): readonly OperationAttribute[] {
    const { TF_ATTR_INT, TF_ATTR_TYPE } = this.binding;
    return [
      { name: "N", type: TF_ATTR_INT, value: values.length },
      { name: "T", type: TF_ATTR_TYPE, value: values[0]!.type },
    ];
  }

  /** tfjs's name of an element type. */
  dtypeOf(type: number): "float32" | "int32" | "bool" {
    if (type === this.binding.TF_FLOAT) return "float32";
    return type === this.binding.TF_INT32 ? "int32" : "bool";
  }
}
