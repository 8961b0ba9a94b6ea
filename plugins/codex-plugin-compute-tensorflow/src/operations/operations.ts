import type { DataId, TensorInfo } from "@tensorflow/tfjs-core";
import {
  handOver,
  type NodeBackend,
  type NodeBinding,
  type NodeTensor,
  type OperationAttribute,
} from "../node-binding.js";
import type { Constants } from "./constants.js";
import type { Value } from "./value.js";

/** A matrix product's operands as they lie in memory: whether the last two axes are the other way round. */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/**
 * TensorFlow's own operations, for one run of a kernel. An intermediate is freed as soon as it was used by an operation
 * that got it as `last(…)`, the others when the kernel ends: the kernel's inputs stay, and its results go out.
 */
export class Operations {
  readonly #binding: NodeBinding;
  readonly #owned = new Set<number>();
  readonly #spent = new Set<number>();
  readonly #inputs = new Map<number, NodeTensor>();

  constructor(
    private readonly backend: NodeBackend,
    readonly constants: Constants,
  ) {
    this.#binding = backend.binding;
  }

  /** An input of the kernel, which stays. */
  input({ dataId, shape }: TensorInfo): Value {
    const tensor = this.backend.tensorMap.get(dataId);
    handOver(this.backend, tensor);
    this.#inputs.set(tensor.id, tensor);
    return { handle: tensor.id, shape, type: tensor.dtype };
  }

  /** The value, which no further operation needs. */
  last = (value: Value): Value => {
    this.#spent.add(value.handle);
    return value;
  };

  /** A result of the kernel, for tfjs. */
  output({ handle, shape, type }: Value): TensorInfo {
    const dataId: DataId = {};
    this.backend.tensorMap.set(dataId, { shape, dtype: type, id: handle, values: null, refCount: 1 });
    this.#owned.delete(handle);
    return { dataId, shape: [...shape], dtype: this.constants.dtypeOf(type) };
  }

  /**
   * A variable that takes over the value's memory, for operations that write in place. An input is given away by it;
   * where others share its memory, TensorFlow makes a copy at the first write.
   */
  variable(value: Value): Value {
    const variable = this.one("VarHandleOp", [], this.constants.variable(value.shape));
    this.run("AssignVariableOp", [variable, value], [], 0);
    this.giveAway(value);
    return variable;
  }

  /** Frees a value at once, an input too: whoever uses its tensor afterwards gets an error. */
  giveAway({ handle }: Value): void {
    const input = this.#inputs.get(handle);
    if (input ? input.refCount > 1 : !this.#owned.delete(handle)) return;
    this.#binding.deleteTensor(handle);
    if (input) input.id = -1;
  }

  /** Frees what was made and is no output. */
  end(): void {
    for (const handle of this.#owned) this.#binding.deleteTensor(handle);
    this.#owned.clear();
  }

  /** Runs any operation of TensorFlow, by its name. Types that follow from the inputs need no attribute. */
  run(name: string, inputs: readonly Value[], attributes: readonly OperationAttribute[] = [], outputs = 1): Value[] {
    const handles = inputs.map(({ handle }) => handle);
    const made = this.#binding.executeOp(name, attributes, handles, outputs);
    const values = made.map(({ id, shape, dtype }) => ({ handle: id, shape, type: dtype }));
    for (const { handle } of values) this.#owned.add(handle);
    if (this.#spent.size > 0) for (const handle of handles) this.#freeSpent(handle);
    return values;
  }

  /** Runs an operation of one output. */
  one(name: string, inputs: readonly Value[], attributes: readonly OperationAttribute[] = []): Value {
    return this.run(name, inputs, attributes)[0]!;
  }

  scalar(value: number): Value {
    return this.constants.scalar(value);
  }

  add = (a: Value, b: Value) => this.one("AddV2", [a, b]);
  sub = (a: Value, b: Value) => this.one("Sub", [a, b]);
  mul = (a: Value, b: Value) => this.one("Mul", [a, b]);

  /**
   * a·b of matrices, or of equally many matrices in the axes before the last two. `MatMul` is no choice: its code uses
   * the stack pointer for other things, so that a signal to the process, Ctrl-C for one, would write into the heap.
   */
  product(a: Value, b: Value, transposed: Transposed = {}): Value {
    return this.one("BatchMatMulV2", [a, b], this.constants.adjoints(transposed.a ?? false, transposed.b ?? false));
  }

  transpose(x: Value, axes: readonly number[]): Value {
    return this.one("Transpose", [x, this.constants.ints(axes)]);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.one("Reshape", [x, this.constants.ints(shape)]);
  }

  sumOf(values: readonly Value[]): Value {
    return this.one("AddN", values, this.constants.countOf(values));
  }

  /** Mean over the last axis, which is kept. */
  rowMeans(x: Value): Value {
    return this.one("Mean", [x, this.constants.ints([-1])], this.constants.keepDims);
  }

  /** √Σx² over the last axis, which is kept. */
  rowNorms(x: Value): Value {
    return this.one("EuclideanNorm", [x, this.constants.ints([-1])], this.constants.keepDims);
  }

  /** Sum over the last axis, which is kept. */
  rowSums(x: Value): Value {
    return this.one("Sum", [x, this.constants.ints([-1])], this.constants.keepDims);
  }

  /** Sum over all axes but the last. `Sum` takes six times as long for it. */
  columnSums(x: Value): Value {
    return x.shape.length > 1 ? this.one("BiasAddGrad", [x]) : this.one("Identity", [x]);
  }

  #freeSpent(handle: number): void {
    if (this.#spent.delete(handle) && this.#owned.delete(handle)) this.#binding.deleteTensor(handle);
  }
}
