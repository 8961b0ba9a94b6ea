import type {
  CompiledProgram,
  ComputeBackend,
  DeviceInfo,
  Program,
  ProgramResult,
} from "../../contracts/compute-backend.js";
import type { Named } from "../../contracts/json.js";
import type { TensorData, TensorSpec, TypedArray } from "../../contracts/tensor-data.js";
import { computeErrors } from "../../errors/compute-errors.js";

/** A compute backend without tensors: what a program's body gets and gives is the data itself. */
export class MemoryCompute implements ComputeBackend<TensorData> {
  readonly device: DeviceInfo = {
    kind: "cpu",
    name: "memory",
    runtime: "codex-core/testing",
    dtypes: ["float32", "int32"],
    threads: 1,
    instructionSet: "none",
  };
  readonly #state = new Map<string, TensorData>();
  disposed = false;

  async compile(program: Program<TensorData>): Promise<CompiledProgram> {
    for (const [name, spec] of Object.entries(program.state)) {
      const known = this.#state.get(name);
      if (!known) this.#state.set(name, { ...spec, data: zeros(spec) });
      else if (known.dtype !== spec.dtype || known.shape.join() !== spec.shape.join()) {
        const what = `${program.name} declares ${name} [${spec.shape}], which is [${known.shape}].`;
        throw computeErrors.CODEX_COMPUTE_STATE_MISMATCH({ what });
      }
    }
    return {
      run: async (inputs, signal) => {
        signal?.throwIfAborted();
        return this.#run(program, inputs);
      },
      dispose: async () => undefined,
    };
  }

  async readState(names: readonly string[], into: Named<TensorData> = {}): Promise<Named<TensorData>> {
    const found = names.map((name) => {
      const value = this.#state.get(name);
      if (!value) throw computeErrors.CODEX_COMPUTE_UNKNOWN_STATE({ what: `There is no state ${name}.` });
      const data = into[name]?.data ?? value.data.slice();
      data.set(value.data);
      return [name, { ...value, data }] as const;
    });
    return Object.fromEntries(found);
  }

  async writeState(values: Named<TensorData>): Promise<void> {
    for (const [name, value] of Object.entries(values)) this.#state.set(name, { ...value, data: value.data.slice() });
  }

  async releaseState(names: readonly string[]): Promise<void> {
    for (const name of names) this.#state.delete(name);
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.#state.clear();
  }

  #run(program: Program<TensorData>, inputs: Named<TypedArray>): Named<TypedArray> {
    const given = Object.entries(program.inputs).map(([name, spec]) => {
      const data = inputs[name];
      const expected = zeros(spec);
      if (!data || data.length !== expected.length || data.constructor !== expected.constructor) {
        throw computeErrors.CODEX_COMPUTE_INPUT({ what: `${program.name} needs ${name} [${spec.shape}].` });
      }
      return [name, { ...spec, data }] as const;
    });
    const state = Object.fromEntries(Object.keys(program.state).map((name) => [name, this.#state.get(name)!]));
    const result: ProgramResult<TensorData> = program.body(state, Object.fromEntries(given));
    for (const [name, value] of Object.entries(result.state ?? {})) this.#state.set(name, value);
    return Object.fromEntries(Object.entries(result.outputs).map(([name, { data }]) => [name, data.slice()]));
  }
}

function zeros({ shape, dtype }: TensorSpec): TypedArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
}
