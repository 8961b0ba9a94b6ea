import type { DataId, KernelBackend, Tensor, TensorInfo } from "@tensorflow/tfjs-core";

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
  /** TensorFlow's handle; below 0 while the values were not handed over. */
  id: number;
  values: unknown;
}

/** The compiled binding, as far as it is used here. */
export interface NodeBinding {
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_Version?: string;
  createTensor(shape: readonly number[], dtype: number, values: unknown): number;
}

/** tfjs-node's backend, as far as it is used here. */
export interface NodeBackend extends KernelBackend {
  readonly binding: NodeBinding;
  readonly isUsingGpuDevice: boolean;
  readonly tensorMap: { get(dataId: DataId): NodeTensor };
  write(values: never, shape: number[], dtype: never): DataId;
  /** Runs a TensorFlow operation. The result is a tensor of the current tidy. */
  executeSingleOutput(name: string, attributes: readonly OperationAttribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}
