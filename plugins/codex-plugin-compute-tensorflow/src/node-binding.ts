import type { DataId, KernelBackend } from "@tensorflow/tfjs-core";

/** An attribute of a TensorFlow operation. */
export interface OperationAttribute {
  readonly name: string;
  /** One of the binding's `TF_ATTR_…` numbers. */
  readonly type: number;
  readonly value: unknown;
}

/** What tfjs-node keeps of a tensor. */
export interface NodeTensor {
  readonly shape: readonly number[];
  readonly dtype: number;
  /** TensorFlow's handle; below 0 where there is none. */
  id: number;
  /** Values that were not handed over yet. */
  values: unknown;
  /** How many of tfjs's tensors share it. */
  refCount: number;
}

/** The compiled binding, as far as it is used here. */
export interface NodeBinding {
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_BOOL: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  /** The tensor's handle. */
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
  deleteTensor(handle: number): void;
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): OperationOutput[];
}

/** A tensor that an operation made. */
export interface OperationOutput {
  /** TensorFlow's handle. */
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** tfjs-node's backend, as far as it is used here. */
export interface NodeBackend extends KernelBackend {
  readonly binding: NodeBinding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(dataId: DataId): NodeTensor; set(dataId: DataId, tensor: NodeTensor): void };
  write(values: never, shape: number[], dtype: never): DataId;
}

/** Copies a tensor's values into TensorFlow where that was not done yet. */
export function handOver(backend: NodeBackend, tensor: NodeTensor): void {
  if (!ArrayBuffer.isView(tensor.values)) return;
  tensor.id = backend.binding.createTensor(tensor.shape, tensor.dtype, tensor.values);
  tensor.values = null;
}
