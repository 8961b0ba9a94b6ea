import assert from "node:assert/strict";
import { add, max, mul, sum } from "@tensorflow/tfjs-core";
import { floats, ints } from "../host-tensors.js";
import type { HostSpec, TestBackend } from "../test-backend.js";
import type { BackendCheck } from "./backend-check.js";
import { codedRejection } from "./coded-rejection.js";

const matrix: HostSpec = { shape: [3, 5], dtype: "float32" };
const total = (backend: TestBackend, spec = matrix) =>
  backend.compile({ name: "total", state: { w: spec }, inputs: {}, body: ({ w }) => ({ outputs: { w: sum(w!) } }) });

/** Resident state: its life, its sharing, its errors. */
export const stateChecks: readonly BackendCheck[] = [
  {
    title: "starts state that is named for the first time at zero",
    async check(backend) {
      const program = await total(backend);
      assert.deepEqual((await program.run({})).w, Float32Array.of(0));
      const { w } = await backend.readState(["w"]);
      assert.deepEqual(w, { ...matrix, data: new Float32Array(15) });
    },
  },
  {
    title: "gives back what was written, float32 and int32, as copies",
    async check(backend) {
      const values = {
        w: floats([2, 3], [1, -2, 3.5, 1e-30, 5, 6]),
        n: ints([3], [1, -2, 2147483647]),
        one: floats([], [7]),
      };
      await backend.writeState(values);
      const read = await backend.readState(["w", "n", "one"]);
      assert.deepEqual(read, values);
      read.w!.data.fill(0);
      values.n.data.fill(0);
      assert.deepEqual((await backend.readState(["w"])).w!.data[0], 1);
      assert.deepEqual((await backend.readState(["n"])).n!.data[0], 1);
    },
  },
  {
    title: "copies state into arrays that fit, in shared memory too, and makes new ones for the others",
    async check(backend) {
      await backend.writeState({ w: floats([2], [1, 2]), n: ints([2], [3, 4]) });
      const shared = new Float32Array(new SharedArrayBuffer(8));
      const tooShort = ints([1], [0]);
      const into = { w: { ...floats([2], [0, 0]), data: shared }, n: tooShort };
      const read = await backend.readState(["w", "n"], into);
      assert.equal(read.w!.data, shared);
      assert.deepEqual([...shared], [1, 2]);
      assert.deepEqual(read.n, ints([2], [3, 4]));
      await backend.writeState({ w: floats([2], [5, 6]) });
      assert.deepEqual([...shared], [1, 2]);
    },
  },
  {
    title: "shares state by name between programs, and keeps what a program leaves out",
    async check(backend) {
      const grow = await backend.compile({
        name: "grow",
        state: { w: matrix, other: matrix },
        inputs: { by: { shape: [], dtype: "float32" } },
        body: ({ w }, { by }) => ({ state: { w: add(w!, by!) }, outputs: {} }),
      });
      const sums = await total(backend);
      await backend.writeState({ other: floats(matrix.shape, new Float32Array(15).fill(2)) });
      await grow.run({ by: Float32Array.of(1) });
      await grow.run({ by: Float32Array.of(2) });
      assert.deepEqual((await sums.run({})).w, Float32Array.of(45));
      assert.deepEqual((await backend.readState(["other"])).other!.data, new Float32Array(15).fill(2));
    },
  },
  {
    title: "starts at zero again after a release",
    async check(backend) {
      await backend.writeState({ w: floats(matrix.shape, new Float32Array(15).fill(2)) });
      await backend.releaseState(["w"]);
      await codedRejection(() => backend.readState(["w"]), "CODEX_COMPUTE_UNKNOWN_STATE");
      assert.deepEqual((await (await total(backend)).run({})).w, Float32Array.of(0));
    },
  },
  {
    title: "refuses state of another shape, dtype or length, and changes nothing",
    async check(backend) {
      await total(backend);
      const code = "CODEX_COMPUTE_STATE_MISMATCH";
      await codedRejection(() => total(backend, { shape: [5, 3], dtype: "float32" }), code);
      await codedRejection(() => total(backend, { shape: [3, 5], dtype: "int32" }), code);
      const large = floats([4, 4], new Float32Array(16).fill(1));
      const fitting = floats(matrix.shape, new Float32Array(15).fill(1));
      await codedRejection(() => backend.writeState({ w: large }), code);
      await codedRejection(() => backend.writeState({ w: { ...large, shape: matrix.shape } }), code);
      await codedRejection(() => backend.writeState({ fresh: fitting, w: large }), code);
      assert.deepEqual((await backend.readState(["w"])).w!.data, new Float32Array(15));
    },
  },
  {
    title: "refuses a body that gives state of another shape or that it did not declare",
    async check(backend) {
      const run = async (name: string) => {
        const program = await backend.compile({
          name: "wrong",
          state: { w: matrix },
          inputs: {},
          body: ({ w }) => ({ state: { [name]: sum(w!) }, outputs: {} }),
        });
        await program.run({});
      };
      await codedRejection(() => run("w"), "CODEX_COMPUTE_STATE_MISMATCH");
      await codedRejection(() => run("undeclared"), "CODEX_COMPUTE_STATE_MISMATCH", "CODEX_COMPUTE_UNKNOWN_STATE");
    },
  },
  {
    title: "reports unknown state",
    check: (backend) => codedRejection(() => backend.readState(["nobody"]), "CODEX_COMPUTE_UNKNOWN_STATE"),
  },
  {
    title: "is safe when state moves between names or is read beside its update",
    async check(backend) {
      const size = 100_003;
      const spec: HostSpec = { shape: [size], dtype: "float32" };
      const program = await backend.compile({
        name: "move",
        state: { a: spec, b: spec, c: spec },
        inputs: {},
        body: ({ a, b, c }) => ({
          state: { a: add(mul(a!, 2), b!), b: a!, c: b! },
          outputs: { a: max(a!), c: max(c!) },
        }),
      });
      const all = (value: number) => floats([size], new Float32Array(size).fill(value));
      await backend.writeState({ a: all(1), b: all(10), c: all(100) });
      let expected = { a: 1, b: 10, c: 100 };
      for (let run = 0; run < 4; run += 1) {
        const before = await program.run({});
        assert.deepEqual([before.a![0], before.c![0]], [expected.a, expected.c], `run ${run}`);
        expected = { a: 2 * expected.a + expected.b, b: expected.a, c: expected.b };
        const state = await backend.readState(["a", "b", "c"]);
        for (const name of ["a", "b", "c"] as const) {
          assert.deepEqual(state[name]!.data, all(expected[name]).data, `run ${run}: ${name}`);
        }
      }
    },
  },
];
