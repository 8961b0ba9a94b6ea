import { type BackendValues, DataStorage, type DataType, engine, KernelBackend } from "@tensorflow/tfjs-core";
import { computeErrors } from "codex-core";
import { computeOnnxErrors } from "../errors.js";
import { dataOf, type GraphBuilder } from "../ir/graph-builder.js";
import type { Shape, Value } from "../ir/value.js";
import { elementType } from "./recorded-kernel.js";

/** What a tensor's dataId is while recording: the value that the tensor stands for. */
export class RecordedData {
  constructor(
    readonly value: Value,
    readonly owner: GraphBuilder,
  ) {}
}

/** Host values of a tensor that another backend made, and its value in the recording that used it last. */
interface MovedData {
  readonly values: BackendValues;
  readonly shape: Shape;
  readonly dtype: DataType;
  recorded?: RecordedData;
}

/** A tfjs-core backend that holds no numbers: its tensors are values of a graph. */
export class RecordingBackend extends KernelBackend {
  /** Where kernels and constants go; set while a program is recorded. */
  builder: GraphBuilder | undefined;
  /** Tensors of other backends; asking it for one that is not here makes tfjs-core bring it. */
  readonly #moved = new DataStorage<MovedData>(this, engine());

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
    return new RecordedData(this.#constant(values, shape, dtype), this.recording);
  }

  /** A tensor of another backend that the body uses: a constant too. */
  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType): void {
    this.#moved.set(dataId, { values, shape, dtype });
  }

  /** The value that a tensor stands for. @throws CODEX_COMPUTE_NOT_RECORDING for a tensor of another recording. */
  recordedValue(dataId: object): Value {
    const recorded = dataId instanceof RecordedData ? dataId : this.#broughtHere(this.#moved.get(dataId));
    if (recorded.owner === this.recording) return recorded.value;
    throw computeOnnxErrors.CODEX_COMPUTE_NOT_RECORDING({ what: "A body used a tensor of an earlier recording." });
  }

  /** Values of tensors from outside can be given back; others do not exist yet. */
  override readSync(dataId: object): BackendValues {
    if (!(dataId instanceof RecordedData) && this.#moved.has(dataId)) return this.#moved.get(dataId).values;
    throw computeErrors.CODEX_COMPUTE_READ_IN_BODY({
      what: "A program's body read the values of a tensor (data, dataSync, array, print …).",
    });
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override numDataIds(): number {
    return 0;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  override disposeData(dataId: object): boolean {
    if (!(dataId instanceof RecordedData)) this.#moved.delete(dataId);
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

  #broughtHere(moved: MovedData): RecordedData {
    if (moved.recorded?.owner === this.recording) return moved.recorded;
    moved.recorded = new RecordedData(this.#constant(moved.values, moved.shape, moved.dtype), this.recording);
    return moved.recorded;
  }

  #constant(values: BackendValues, shape: Shape, dtype: DataType): Value {
    const type = elementType(dtype);
    const numbers = values as ArrayLike<number>;
    const first = numbers[0];
    const uniform = first !== undefined && Array.prototype.every.call(numbers, (value) => Object.is(value, first));
    if (uniform) return this.recording.fill(type, shape, Number(first));
    return this.recording.constant(type, shape, dataOf(type, numbers));
  }
}
