import { keep, type Tensor, tensor, zeros } from "@tensorflow/tfjs-core";
import type { ByName, EagerData, EagerErrors, EagerSpec } from "./eager-types.js";
import { assertTensorData, sameSpec, showSpec } from "./tensor-specs.js";

/** State that stays on the backend between runs, by name. Owns its tensors. */
export class ResidentState {
  readonly #tensors = new Map<string, Tensor>();

  constructor(private readonly errors: EagerErrors) {}

  /** Makes state at zero that is new. @throws CODEX_COMPUTE_STATE_MISMATCH on another shape or dtype. */
  declare(specs: ByName<EagerSpec>): void {
    for (const [name, spec] of Object.entries(specs)) this.#assertFits(name, spec);
    const unknown = Object.entries(specs).filter(([name]) => !this.#tensors.has(name));
    this.#make(unknown, ({ shape, dtype }) => zeros([...shape], dtype));
  }

  /** @throws CODEX_COMPUTE_UNKNOWN_STATE */
  get(name: string): Tensor {
    const found = this.#tensors.get(name);
    if (found) return found;
    throw this.errors.CODEX_COMPUTE_UNKNOWN_STATE({ what: `There is no resident state ${name}.`, where: name });
  }

  /** Takes tensors over as new values of existing state. */
  replace(values: ReadonlyMap<string, Tensor>): void {
    for (const [name, value] of values) {
      const old = this.#tensors.get(name);
      this.#tensors.set(name, keep(value));
      old?.dispose();
    }
  }

  /** @throws CODEX_COMPUTE_STATE_MISMATCH on another shape, dtype or length; then nothing is written. */
  write(values: ByName<EagerData>): void {
    for (const [name, data] of Object.entries(values)) {
      assertTensorData(name, data, this.errors);
      this.#assertFits(name, data);
    }
    // A backend may keep the array that a tensor is made of.
    this.#make(Object.entries(values), ({ data, shape, dtype }) => tensor(data.slice(), [...shape], dtype));
  }

  release(names: readonly string[]): void {
    for (const name of names) {
      this.#tensors.get(name)?.dispose();
      this.#tensors.delete(name);
    }
  }

  clear(): void {
    this.release([...this.#tensors.keys()]);
  }

  /** Makes tensors and takes them over, all or none. */
  #make<Spec>(specs: readonly (readonly [string, Spec])[], make: (spec: Spec) => Tensor): void {
    const made = new Map<string, Tensor>();
    try {
      for (const [name, spec] of specs) made.set(name, make(spec));
    } catch (error) {
      for (const value of made.values()) value.dispose();
      throw error;
    }
    this.replace(made);
  }

  #assertFits(name: string, spec: EagerSpec): void {
    const known = this.#tensors.get(name);
    if (!known || sameSpec(known, spec)) return;
    throw this.errors.CODEX_COMPUTE_STATE_MISMATCH({
      what: `The resident state ${name} is ${showSpec(known)}, not ${showSpec(spec)}.`,
      where: name,
    });
  }
}
