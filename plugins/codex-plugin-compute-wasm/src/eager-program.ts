import { setImmediate as nextTurn } from "node:timers/promises";
import { type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import {
  type CompiledProgram,
  computeErrors,
  type Named,
  type Program,
  type ProgramResult,
  type TypedArray,
} from "codex-core";
import type { ResidentState } from "./resident-state.js";
import { holds, sameSpec, showSpec } from "./tensor-specs.js";
import { withoutReading } from "./without-reading.js";

/** Runs an action with the WebAssembly backend as tfjs's current one. */
export type OnBackend = <Result>(action: () => Result) => Result;

/** A program whose body is called at every run. */
export class EagerProgram implements CompiledProgram {
  #disposed = false;

  constructor(
    private readonly program: Program<Tensor>,
    private readonly resident: ResidentState,
    private readonly onBackend: OnBackend,
  ) {}

  async run(inputs: Named<TypedArray>, signal?: AbortSignal): Promise<Named<TypedArray>> {
    signal?.throwIfAborted();
    const { name } = this.program;
    if (this.#disposed) {
      throw computeErrors.CODEX_COMPUTE_DISPOSED({ what: `The program ${name} was disposed.`, where: name });
    }
    this.#checkInputs(inputs);
    const outputs = this.onBackend(() => this.#compute(inputs));
    await nextTurn();
    return outputs;
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
  }

  #compute(inputs: Named<TypedArray>): Named<TypedArray> {
    const outputs: Record<string, TypedArray> = {};
    const replaced = new Map<string, Tensor>();
    tidy(() => {
      const state: Record<string, Tensor> = {};
      for (const key of Object.keys(this.program.state)) state[key] = this.resident.get(key);
      const given: Record<string, Tensor> = {};
      for (const [key, { shape, dtype }] of Object.entries(this.program.inputs)) {
        given[key] = tensor(inputs[key]!, [...shape], dtype);
      }
      const result = withoutReading(this.program.name, () => this.program.body(state, given));
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

  #checkInputs(inputs: Named<TypedArray>): void {
    for (const [key, spec] of Object.entries(this.program.inputs)) {
      const values = inputs[key];
      if (holds(spec, values)) continue;
      const found = values === undefined ? "missing" : `${values.constructor.name} of length ${values.length}`;
      throw computeErrors.CODEX_COMPUTE_INPUT({
        what: `The input ${key} of the program ${this.program.name} is ${found}; it has to be ${showSpec(spec)}.`,
        where: `${this.program.name}, ${key}`,
      });
    }
  }

  #checkState(result: ProgramResult<Tensor>): void {
    for (const [key, value] of Object.entries(result.state ?? {})) {
      const spec = this.program.state[key];
      if (spec && sameSpec(spec, value)) continue;
      throw computeErrors.CODEX_COMPUTE_STATE_MISMATCH({
        what: spec
          ? `The program ${this.program.name} gives ${showSpec(value)} for the state ${key}, which is ${showSpec(spec)}.`
          : `The program ${this.program.name} gives the state ${key}, which it does not declare.`,
        where: `${this.program.name}, ${key}`,
      });
    }
  }
}

/** A fresh array of the tensor's values; booleans become int32. */
function valuesOf(value: Tensor): TypedArray {
  const values = value.dataSync<"float32" | "int32" | "bool">();
  return values instanceof Uint8Array ? Int32Array.from(values) : values;
}
