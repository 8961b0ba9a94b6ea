import { setImmediate as nextTurn } from "node:timers/promises";
import { type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { ByName, EagerErrors, EagerProgramSpec, EagerResult, HostValues } from "./eager-types.js";
import type { EagerWork } from "./eager-work.js";
import { withFrugalGradients } from "./frugal-gradients.js";
import type { ResidentState } from "./resident-state.js";
import { holds, sameSpec, showSpec } from "./tensor-specs.js";
import { withoutReading } from "./without-reading.js";

/** A program whose body is called at every run. */
export class EagerProgram {
  #disposed = false;

  constructor(
    private readonly program: EagerProgramSpec,
    private readonly resident: ResidentState,
    private readonly work: EagerWork,
    private readonly errors: EagerErrors,
  ) {}

  async run(inputs: ByName<HostValues>, signal?: AbortSignal): Promise<ByName<HostValues>> {
    signal?.throwIfAborted();
    const { name } = this.program;
    if (this.#disposed) {
      throw this.errors.CODEX_COMPUTE_DISPOSED({ what: `The program ${name} was disposed.`, where: name });
    }
    this.#checkInputs(inputs);
    const outputs = this.work(`The program ${name}`, name, () => this.#compute(inputs));
    await nextTurn();
    return outputs;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
  }

  #compute(inputs: ByName<HostValues>): ByName<HostValues> {
    const outputs: Record<string, HostValues> = {};
    const replaced = new Map<string, Tensor>();
    tidy(() => {
      const state: Record<string, Tensor> = {};
      for (const key of Object.keys(this.program.state)) state[key] = this.resident.get(key);
      const given: Record<string, Tensor> = {};
      for (const [key, { shape, dtype }] of Object.entries(this.program.inputs)) {
        given[key] = tensor(inputs[key]!, [...shape], dtype);
      }
      const result = withoutReading(this.program.name, this.errors, () =>
        withFrugalGradients(() => this.program.body(state, given)),
      );
      this.#checkState(result);
      for (const [key, value] of Object.entries(result.outputs)) outputs[key] = valuesOf(value);
      const taken = new Set([...Object.values(state), ...Object.values(given)]);
      for (const [key, value] of Object.entries(result.state ?? {})) {
        if (value === state[key]) continue;
        replaced.set(key, taken.has(value) ? value.clone() : value);
        taken.add(value);
      }
      return [...replaced.values()];
    });
    this.resident.replace(replaced);
    return outputs;
  }

  #checkInputs(inputs: ByName<HostValues>): void {
    for (const [key, spec] of Object.entries(this.program.inputs)) {
      const values = inputs[key];
      if (holds(spec, values)) continue;
      const found = values === undefined ? "missing" : `${values.constructor.name} of length ${values.length}`;
      throw this.errors.CODEX_COMPUTE_INPUT({
        what: `The input ${key} of the program ${this.program.name} is ${found}; it has to be ${showSpec(spec)}.`,
        where: `${this.program.name}, ${key}`,
      });
    }
  }

  #checkState(result: EagerResult): void {
    for (const [key, value] of Object.entries(result.state ?? {})) {
      const spec = this.program.state[key];
      if (spec && sameSpec(spec, value)) continue;
      throw this.errors.CODEX_COMPUTE_STATE_MISMATCH({
        what: spec
          ? `The program ${this.program.name} gives ${showSpec(value)} for the state ${key}, which is ${showSpec(spec)}.`
          : `The program ${this.program.name} gives the state ${key}, which it does not declare.`,
        where: `${this.program.name}, ${key}`,
      });
    }
  }
}

/** A fresh array of the tensor's values; booleans become int32. */
function valuesOf(value: Tensor): HostValues {
  const values = value.dataSync<"float32" | "int32" | "bool">();
  return values instanceof Uint8Array ? Int32Array.from(values) : values;
}
