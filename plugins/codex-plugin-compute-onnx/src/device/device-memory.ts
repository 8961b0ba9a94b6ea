import { computeErrors, type DataType, type TensorSpec, type TypedArray } from "codex-core";
import {
  acquireEnvironment,
  defaultMemory,
  deviceAllocator,
  type NativeEnvironment,
} from "../runtime/native-environment.js";
import { elementTypes, NativeTensor } from "../runtime/native-tensor.js";
import type { Fail, OrtApi, Pointer } from "../runtime/ort-api.js";
import { elementCount } from "../state/aligned-memory.js";
import type { MemoryBudget } from "../state/memory-budget.js";
import { copyModel } from "./copy-model.js";
import type { DeviceProvider } from "./device-provider.js";
import { type DeviceModel, DeviceSession } from "./device-session.js";

const fail: Fail = (message) => computeErrors.CODEX_COMPUTE_MEMORY({ what: `The device refused: ${message}` });

/** A tensor in the device's memory. */
export interface DeviceValue {
  readonly pointer: Pointer;
  readonly spec: TensorSpec;
}

/** The device's memory: values are taken from it and given back, and cross to the host as copies. */
export class DeviceMemory {
  /** Values that nobody uses, by type and shape. */
  readonly #free = new Map<string, DeviceValue[]>();
  #allocator: Pointer = 0n;
  #memoryInfo: Pointer = 0n;

  private constructor(
    readonly api: OrtApi,
    readonly environment: NativeEnvironment,
    readonly provider: DeviceProvider,
    readonly budget: MemoryBudget,
    readonly threads: number,
    readonly copies: { readonly [Dtype in DataType]: DeviceSession },
  ) {
    const name = new TextEncoder().encode(`${provider.memoryName}\0`);
    this.#memoryInfo = api.create("createMemoryInfo", fail, name, deviceAllocator, 0, defaultMemory);
    this.#allocator = api.create("createAllocator", fail, copies.float32.pointer, this.#memoryInfo);
  }

  /** Opens the device. @throws CODEX_COMPUTE_SESSION when there is none. */
  static async open(
    api: OrtApi,
    provider: DeviceProvider,
    budget: MemoryBudget,
    threads: number,
  ): Promise<DeviceMemory> {
    const environment = acquireEnvironment(api, undefined);
    const opened: DeviceSession[] = [];
    try {
      const open = async (dtype: DataType) => {
        const session = await DeviceSession.create(api, environment, provider, copyModel(dtype), threads);
        opened.push(session);
        return session;
      };
      const copies = { float32: await open("float32"), int32: await open("int32") };
      return new DeviceMemory(api, environment, provider, budget, threads, copies);
    } catch (error) {
      for (const session of opened) session.dispose();
      environment.release();
      throw error;
    }
  }

  /** @throws CODEX_COMPUTE_SESSION */
  load(model: DeviceModel): Promise<DeviceSession> {
    return DeviceSession.create(this.api, this.environment, this.provider, model, this.threads);
  }

  /** A value whose elements may be anything. @throws CODEX_COMPUTE_MEMORY */
  take(spec: TensorSpec, what: string): DeviceValue {
    const known = this.#free.get(keyOf(spec))?.pop();
    if (known) return known;
    this.budget.take(sizeBytes(spec), what);
    const { dtype, shape } = spec;
    const dimensions = BigInt64Array.from(shape, BigInt);
    const args = [this.#allocator, dimensions, dimensions.length, elementTypes[dtype]] as const;
    try {
      return { pointer: this.api.create("createTensorAsOrtValue", fail, ...args), spec };
    } catch (error) {
      this.budget.give(sizeBytes(spec));
      throw error;
    }
  }

  /** Gives a value back; the next of its type and shape takes it. */
  give(value: DeviceValue): void {
    const key = keyOf(value.spec);
    const known = this.#free.get(key);
    if (known) known.push(value);
    else this.#free.set(key, [value]);
  }

  /** Host memory as the runtime sees it. */
  hostTensor(data: TypedArray, spec: TensorSpec): NativeTensor {
    return new NativeTensor(this.api, this.environment, data, spec);
  }

  /** Sets a value's elements. */
  async upload(data: TypedArray, to: DeviceValue): Promise<void> {
    const from = this.hostTensor(data, to.spec);
    try {
      await this.copies[to.spec.dtype].run([from.value], [to.pointer]);
    } finally {
      from.dispose();
    }
  }

  /** Copies a value's elements. */
  async download({ pointer, spec }: DeviceValue, into: TypedArray): Promise<void> {
    const to = this.hostTensor(into, spec);
    try {
      await this.copies[spec.dtype].run([pointer], [to.value]);
    } finally {
      to.dispose();
    }
  }

  /** Frees the values that nobody uses. */
  trim(): void {
    for (const values of this.#free.values()) for (const value of values) this.#release(value);
    this.#free.clear();
  }

  /** Closes the device; all values were given back, and all sessions disposed. */
  dispose(): void {
    this.trim();
    this.api.release("releaseAllocator", this.#allocator);
    this.api.release("releaseMemoryInfo", this.#memoryInfo);
    for (const session of Object.values(this.copies)) session.dispose();
    this.environment.release();
  }

  #release({ pointer, spec }: DeviceValue): void {
    this.api.release("releaseValue", pointer);
    this.budget.give(sizeBytes(spec));
  }
}

const keyOf = ({ dtype, shape }: TensorSpec): string => `${dtype} ${shape.join()}`;

/** Bytes of a tensor; both element types have four. */
export const sizeBytes = ({ shape }: TensorSpec): number => elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
