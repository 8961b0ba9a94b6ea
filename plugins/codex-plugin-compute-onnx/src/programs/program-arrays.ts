import { computeErrors, type Named, type TensorSpecs, type TypedArray } from "codex-core";
import { type AddressOf, allocateTensor, elementCount } from "../state/aligned-memory.js";
import type { MemoryBudget } from "../state/memory-budget.js";

/** Memory of a program's inputs or outputs, made once and bound to its sessions. */
export class ProgramArrays {
  readonly #arrays = new Map<string, TypedArray>();
  #sizeBytes = 0;

  constructor(
    readonly budget: MemoryBudget,
    readonly what: string,
    readonly addressOf?: AddressOf,
  ) {}

  /** The array of a name, allocated when it is new. @throws CODEX_COMPUTE_MEMORY */
  provide(name: string, spec: TensorSpecs[string]): TypedArray {
    const known = this.#arrays.get(name);
    if (known) return known;
    const sizeBytes = elementCount(spec.shape) * Float32Array.BYTES_PER_ELEMENT;
    this.budget.take(sizeBytes, this.what);
    this.#sizeBytes += sizeBytes;
    const array = allocateTensor(spec, this.addressOf);
    this.#arrays.set(name, array);
    return array;
  }

  /** Copies what a caller passes. */
  fill(values: Named<TypedArray>): void {
    for (const [name, array] of this.#arrays) array.set(values[name]!);
  }

  /** Fresh copies of all arrays, by name. */
  copies(): Named<TypedArray> {
    return Object.fromEntries(Array.from(this.#arrays, ([name, array]) => [name, array.slice()]));
  }

  dispose(): void {
    this.#arrays.clear();
    this.budget.give(this.#sizeBytes);
    this.#sizeBytes = 0;
  }
}

/** @throws CODEX_COMPUTE_INPUT when an input is missing or has the wrong length or type. */
export function checkInputs(program: string, specs: TensorSpecs, inputs: Named<TypedArray>): void {
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const values = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    const found = values instanceof Float32Array ? "float32" : values instanceof Int32Array ? "int32" : undefined;
    const length = elementCount(shape);
    if (values && found === dtype && values.length === length) continue;
    const got = found ? `${values?.length} values of ${found}` : values === undefined ? "nothing" : "no typed array";
    throw computeErrors.CODEX_COMPUTE_INPUT({
      what: `${program} needs ${length} values of ${dtype} as its input ${name} and got ${got}.`,
      where: `${program} → ${name} [${shape.join(", ")}]`,
    });
  }
}
