import { computeErrors, type Named, type TensorData, type TensorSpec, type TensorSpecs } from "codex-core";
import { elementCount } from "../state/aligned-memory.js";
import { checkSpec, checkValues } from "../state/state-spec.js";
import { type DeviceMemory, type DeviceValue, sizeBytes } from "./device-memory.js";

/** A named tensor that stays on the device; memory comes with the first use. */
interface DeviceEntry {
  readonly spec: TensorSpec;
  value: DeviceValue | undefined;
}

/** Resident state by name, in the device's memory. A program's new value replaces the old one, whose memory is given back. */
export class DeviceState {
  readonly #entries = new Map<string, DeviceEntry>();

  constructor(readonly memory: DeviceMemory) {}

  /** Names all states of a program, or none. @throws CODEX_COMPUTE_STATE_MISMATCH */
  declare(specs: TensorSpecs): void {
    this.#check(specs);
    for (const [name, { dtype, shape }] of Object.entries(specs)) {
      if (!this.#entries.has(name)) {
        this.#entries.set(name, { spec: { dtype, shape: [...shape] }, value: undefined });
      }
    }
  }

  /** The state's value as it is now, zero at first. @throws CODEX_COMPUTE_UNKNOWN_STATE, CODEX_COMPUTE_MEMORY */
  async valueOf(name: string): Promise<DeviceValue> {
    const entry = this.#find(name);
    if (entry.value) return entry.value;
    const value = this.memory.take(entry.spec, `The state ${name}`);
    const zeros = elementCount(entry.spec.shape);
    await this.memory.upload(entry.spec.dtype === "float32" ? new Float32Array(zeros) : new Int32Array(zeros), value);
    entry.value = value;
    return value;
  }

  /** Memory for a new value of the state. @throws CODEX_COMPUTE_UNKNOWN_STATE, CODEX_COMPUTE_MEMORY */
  nextOf(name: string): DeviceValue {
    return this.memory.take(this.#find(name).spec, `A second buffer for ${name}`);
  }

  /** Makes a value the state's. */
  replace(name: string, value: DeviceValue): void {
    const entry = this.#find(name);
    if (entry.value) this.memory.give(entry.value);
    entry.value = value;
  }

  /** A copy of the state, in the array of `into` if that fits. @throws CODEX_COMPUTE_UNKNOWN_STATE */
  async read(name: string, into?: TensorData): Promise<TensorData> {
    const { spec } = this.#find(name);
    const length = elementCount(spec.shape);
    const fits = into?.dtype === spec.dtype && into.data.length === length;
    const data = fits ? into.data : spec.dtype === "float32" ? new Float32Array(length) : new Int32Array(length);
    await this.memory.download(await this.valueOf(name), data);
    return { ...spec, data };
  }

  /** Sets states, naming those that are new; all of them, or none. @throws CODEX_COMPUTE_STATE_MISMATCH */
  async write(values: Named<TensorData>): Promise<void> {
    for (const [name, value] of Object.entries(values)) checkValues(name, value);
    this.#check(values);
    const bytes = Object.entries(values)
      .filter(([name]) => !this.#entries.get(name)?.value)
      .reduce((sum, [, value]) => sum + sizeBytes(value), 0);
    this.memory.budget.check(bytes, `${Object.keys(values).length} states`);
    // All new values are on the device before the first state changes.
    const fresh: [string, DeviceValue][] = [];
    try {
      for (const [name, { dtype, shape, data }] of Object.entries(values)) {
        const value = this.memory.take({ dtype, shape: [...shape] }, `The state ${name}`);
        fresh.push([name, value]);
        await this.memory.upload(data, value);
      }
    } catch (error) {
      for (const [, value] of fresh) this.memory.give(value);
      throw error;
    }
    this.declare(values);
    for (const [name, value] of fresh) this.replace(name, value);
  }

  /** Forgets states and frees what nobody uses. */
  release(names: readonly string[]): void {
    for (const name of names) {
      const value = this.#entries.get(name)?.value;
      if (value) this.memory.give(value);
      this.#entries.delete(name);
    }
    this.memory.trim();
  }

  dispose(): void {
    this.release([...this.#entries.keys()]);
  }

  #check(specs: TensorSpecs): void {
    for (const [name, spec] of Object.entries(specs)) {
      const known = this.#entries.get(name);
      if (known) checkSpec(name, known.spec, spec);
    }
  }

  #find(name: string): DeviceEntry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    throw computeErrors.CODEX_COMPUTE_UNKNOWN_STATE({ what: `There is no resident state ${name}.`, where: name });
  }
}
