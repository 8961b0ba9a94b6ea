import { type BackendValues, type DataType, KernelBackend } from "@tensorflow/tfjs-core";
import { computeOnnxErrors } from "../errors.js";
import { dataOf, type GraphBuilder } from "../ir/graph-builder.js";
import type { Shape, Value } from "../ir/value.js";
import { elementType } from "./recorded-kernel.js";

/** What a tensor's dataId is while recording: the value that the tensor stands for. */
export class RecordedData {
  constructor(readonly value: Value) {}
}

/** A tfjs-core backend that holds no numbers: its tensors are values of a graph. */
export class RecordingBackend extends KernelBackend {
  /** Where kernels and constants go; set while a program is recorded. */
  builder: GraphBuilder | undefined;

  /** The builder of the program that is being recorded. @throws CODEX_COMPUTE_NOT_RECORDING outside of a recording. */
  get recording(): GraphBuilder {
    if (!this.builder) {
      throw computeOnnxErrors.CODEX_COMPUTE_NOT_RECORDING({
        what: "A tensor of a recording was used after the program's body had returned.",
      });
    }
    return this.builder;
  }

  /** Numbers from the host become a constant of the graph, or a fill where they are all equal. */
  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    return new RecordedData(this.#constant(values, shape, dtype));
  }

  /** A tensor of another backend that the body uses: a constant too. */
  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType): void {
    moved.set(dataId, this.#constant(values, shape, dtype));
  }

  override readSync(_dataId: object): BackendValues {
    throw readInBody();
  }

  override read(_dataId: object): Promise<BackendValues> {
    throw readInBody();
  }

  override numDataIds(): number {
    return 0;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override disposeData(): boolean {
    return true;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}

  #constant(values: BackendValues, shape: Shape, dtype: DataType): Value {
    const type = elementType(dtype);
    const numbers = values as ArrayLike<number>;
    const first = numbers[0];
    const uniform = first !== undefined && Array.prototype.every.call(numbers, (value) => Object.is(value, first));
    if (uniform) return this.recording.fill(type, shape, Number(first));
    return this.recording.constant(type, shape, dataOf(type, numbers));
  }
}

/** Values of tensors that came from another backend: their dataId is that backend's. */
const moved = new WeakMap<object, Value>();

/** The value that a tensor of the recording stands for. */
export function recordedValue(dataId: object): Value {
  const value = dataId instanceof RecordedData ? dataId.value : moved.get(dataId);
  if (!value) {
    throw computeOnnxErrors.CODEX_COMPUTE_NOT_RECORDING({ what: "A tensor of another recording was used in a body." });
  }
  return value;
}

function readInBody(): Error {
  return computeOnnxErrors.CODEX_COMPUTE_READ_IN_BODY({
    what: "A program's body read the values of a tensor (data, dataSync, array, print …).",
  });
}
