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
    for (const [name, spec] of Object.entries(specs)) {
      if (!this.#tensors.has(name)) this.#tensors.set(name, keep(zeros([...spec.shape], spec.dtype)));
    }
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
    const tensors = Object.entries(values).map(([name, { data, shape, dtype }]) => {
      // A backend may keep the array that a tensor is made of.
      return [name, tensor(data.slice(), [...shape], dtype)] as const;
    });
    this.replace(new Map(tensors));
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

  #assertFits(name: string, spec: EagerSpec): void {
    const known = this.#tensors.get(name);
    if (!known || sameSpec(known, spec)) return;
    throw this.errors.CODEX_COMPUTE_STATE_MISMATCH({
      what: `The resident state ${name} is ${showSpec(known)}, not ${showSpec(spec)}.`,
      where: name,
    });
  }
}
