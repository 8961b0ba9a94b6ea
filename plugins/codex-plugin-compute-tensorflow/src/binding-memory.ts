import { TensorMemory } from "codex-nn";
import type { NodeBinding, OperationOutput } from "./node-binding.js";

/** Memory that one or more of TensorFlow's tensors share. */
interface Buffer {
  readonly sizeBytes: number;
  holders: number;
}

/** Operations whose output is their first input under another handle. */
const sharing = new Set(["Reshape", "Identity", "ExpandDims", "Squeeze"]);

/**
 * Counts what TensorFlow's tensors hold, at the binding through which all of them are made. TensorFlow ends the process
 * in many of the places where it gets no memory, so a limit has to be kept before it comes to that. What an operation
 * makes is known when it is made: a limit is passed by one operation's outputs before it is noticed.
 */
export class BindingMemory {
  /** The binding, looking at what it makes. */
  readonly counted: NodeBinding;
  readonly #memory = new TensorMemory();
  /** By handle. */
  readonly #buffers = new Map<number, Buffer>();
  /** Handles that operations of the work that goes on have made. */
  #made: Set<number> | undefined;

  constructor(private readonly binding: NodeBinding) {
    this.counted = Object.create(binding, {
      createTensor: { value: this.#create },
      executeOp: { value: this.#execute },
      deleteTensor: { value: this.#delete },
    });
  }

  get usedBytes(): number {
    return this.#memory.usedBytes;
  }

  /** Runs work whose tensors may take so much with all others. What operations of work that fails have made is freed. */
  within<Result>(limitBytes: number | undefined, work: () => Result): Result {
    const made = new Set<number>();
    this.#made = made;
    try {
      return this.#memory.limited(limitBytes, work);
    } catch (error) {
      for (const handle of made) this.#delete(handle);
      throw error;
    } finally {
      this.#made = undefined;
    }
  }

  readonly #create: NodeBinding["createTensor"] = (shape, dtype, values) => {
    const sizeBytes = this.#sizeOf(shape, dtype);
    this.#memory.take(sizeBytes);
    try {
      const handle = this.binding.createTensor(shape, dtype, values);
      this.#buffers.set(handle, { sizeBytes, holders: 1 });
      return handle;
    } catch (error) {
      this.#memory.give(sizeBytes);
      throw error;
    }
  };

  readonly #execute: NodeBinding["executeOp"] = (name, attributes, inputs, count) => {
    const outputs = this.binding.executeOp(name, attributes, inputs, count);
    const shared = sharing.has(name) ? this.#buffers.get(inputs[0]!) : undefined;
    for (const [index, output] of outputs.entries()) {
      try {
        this.#hold(output, shared);
      } catch (error) {
        for (const { id } of outputs.slice(0, index)) this.#delete(id);
        for (const { id } of outputs.slice(index)) this.binding.deleteTensor(id);
        throw error;
      }
    }
    return outputs;
  };

  #hold({ id, shape, dtype }: OperationOutput, shared: Buffer | undefined): void {
    const buffer = shared ?? { sizeBytes: this.#sizeOf(shape, dtype), holders: 0 };
    if (!shared) this.#memory.take(buffer.sizeBytes);
    buffer.holders += 1;
    this.#buffers.set(id, buffer);
    this.#made?.add(id);
  }

  readonly #delete: NodeBinding["deleteTensor"] = (handle) => {
    const buffer = this.#buffers.get(handle);
    this.binding.deleteTensor(handle);
    this.#buffers.delete(handle);
    this.#made?.delete(handle);
    if (!buffer) return;
    buffer.holders -= 1;
    if (buffer.holders === 0) this.#memory.give(buffer.sizeBytes);
  };

  /** Bytes of a tensor; a variable's handle, and other types that the backend makes nothing large of, count for none. */
  #sizeOf(shape: readonly number[], dtype: number): number {
    const { TF_BOOL, TF_FLOAT, TF_INT32 } = this.binding;
    const width = dtype === TF_FLOAT || dtype === TF_INT32 ? 4 : Number(dtype === TF_BOOL);
    return shape.reduce((product, length) => product * length, width);
  }
}
