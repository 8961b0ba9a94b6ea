import "@tensorflow/tfjs-backend-cpu";
import { findBackend, keep, setBackend, type Tensor, tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import { installOperators, NnError } from "codex-nn";
import type { HostArray, HostSpec, TestBackend } from "codex-nn/testing";

/** Makes the plain JavaScript backend tfjs's current one, with every operator in its composed form. */
export async function useCpu(): Promise<void> {
  Object.assign(findBackend("cpu"), { firstUse: false });
  await setBackend("cpu");
  installOperators("cpu");
}

const same = (one: HostSpec, other: { shape: readonly number[]; dtype: string }) =>
  one.dtype === other.dtype && String(one.shape) === String(other.shape);

const fail = (code: string) => new NnError(code, 1, { what: "refused by the test's backend." });

/** The least that a compute backend can be: eager, on plain JavaScript. */
export async function createEagerCpuBackend(): Promise<TestBackend> {
  await useCpu();
  const state = new Map<string, Tensor>();
  const assertFits = (name: string, spec: HostSpec) => {
    const known = state.get(name);
    if (known && !same(spec, known)) throw fail("CODEX_COMPUTE_STATE_MISMATCH");
  };
  const known = (name: string) => {
    const found = state.get(name);
    if (!found) throw fail("CODEX_COMPUTE_UNKNOWN_STATE");
    return found;
  };
  return {
    async compile(program) {
      for (const [name, spec] of Object.entries(program.state)) assertFits(name, spec);
      for (const [name, { shape, dtype }] of Object.entries(program.state)) {
        if (!state.has(name)) state.set(name, keep(zeros([...shape], dtype)));
      }
      let disposed = false;
      return {
        async run(inputs, signal) {
          signal?.throwIfAborted();
          if (disposed) throw fail("CODEX_COMPUTE_DISPOSED");
          const outputs: Record<string, HostArray> = {};
          tidy(() => {
            const given = Object.entries(program.inputs).map(([name, { shape, dtype }]) => {
              const values = inputs[name];
              const size = shape.reduce((product, length) => product * length, 1);
              const kind = dtype === "int32" ? Int32Array : Float32Array;
              if (!(values instanceof kind) || values.length !== size) throw fail("CODEX_COMPUTE_INPUT");
              return [name, tensor(values.slice(), [...shape], dtype)] as const;
            });
            const current = Object.keys(program.state).map((name) => [name, known(name)] as const);
            const result = program.body(Object.fromEntries(current), Object.fromEntries(given));
            for (const [name, value] of Object.entries(result.state ?? {})) {
              const spec = program.state[name];
              if (!spec || !same(spec, value)) throw fail("CODEX_COMPUTE_STATE_MISMATCH");
            }
            for (const [name, value] of Object.entries(result.outputs)) {
              outputs[name] = (value.dataSync() as HostArray).slice();
            }
            for (const [name, value] of Object.entries(result.state ?? {})) state.set(name, keep(value.clone()));
          });
          await new Promise((resolve) => setImmediate(resolve));
          return outputs;
        },
        async dispose() {
          disposed = true;
        },
      };
    },
    async readState(names, into = {}) {
      const read = names.map((name) => {
        const { shape, dtype } = known(name);
        const values = known(name).dataSync() as HostArray;
        const given = into[name]?.data;
        const data = given?.length === values.length ? given : values.slice();
        data.set(values);
        return [name, { shape: [...shape], dtype: dtype as HostSpec["dtype"], data }] as const;
      });
      return Object.fromEntries(read);
    },
    async writeState(values) {
      for (const [name, value] of Object.entries(values)) {
        assertFits(name, value);
        const size = value.shape.reduce((product, length) => product * length, 1);
        if (value.data.length !== size) throw fail("CODEX_COMPUTE_STATE_MISMATCH");
      }
      for (const [name, { shape, dtype, data }] of Object.entries(values)) {
        state.set(name, keep(tensor(data.slice(), [...shape], dtype)));
      }
    },
    async releaseState(names) {
      for (const name of names) state.delete(name);
    },
    async dispose() {
      for (const value of state.values()) value.dispose();
      state.clear();
    },
  };
}
