import assert from "node:assert/strict";
import { add, argMax, mul, sum } from "@tensorflow/tfjs-core";
import type { HostSpec, TestBackend } from "../test-backend.js";
import type { BackendCheck } from "./backend-check.js";
import { codedRejection } from "./coded-rejection.js";

const vector: HostSpec = { shape: [3], dtype: "float32" };
const counts: HostSpec = { shape: [2], dtype: "int32" };

const compileSum = (backend: TestBackend) =>
  backend.compile({
    name: "sum",
    state: { w: vector },
    inputs: { x: vector, n: counts },
    body: ({ w }, { x, n }) => {
      const next = add(w!, x!);
      return { state: { w: next }, outputs: { w: next, n: add(n!, n!), best: argMax(x!) } };
    },
  });

const inputs = () => ({ x: Float32Array.of(1, 3, 2), n: Int32Array.of(4, 5) });

/** Runs: inputs, outputs, order, signals, failures. */
export const runChecks: readonly BackendCheck[] = [
  {
    title: "returns fresh arrays of the outputs' dtypes",
    async check(backend) {
      const program = await compileSum(backend);
      const first = await program.run(inputs());
      assert.deepEqual(first.n, Int32Array.of(8, 10));
      assert.deepEqual(first.best, Int32Array.of(1));
      assert.deepEqual(first.w, Float32Array.of(1, 3, 2));
      first.w!.fill(9);
      const second = await program.run(inputs());
      assert.deepEqual(second.w, Float32Array.of(2, 6, 4));
      assert.deepEqual(first.w, Float32Array.of(9, 9, 9));
    },
  },
  {
    title: "bakes no input into the program",
    async check(backend) {
      const program = await backend.compile({
        name: "scale",
        state: {},
        inputs: { x: vector, by: { shape: [], dtype: "float32" } },
        body: (_, { x, by }) => ({ outputs: { y: mul(x!, by!) } }),
      });
      for (const by of [1, -2.5, 0]) {
        const { y } = await program.run({ x: Float32Array.of(1, 2, 3), by: Float32Array.of(by) });
        assert.deepEqual(
          Array.from(y!, (value) => value + 0),
          [by, 2 * by, 3 * by].map((value) => value + 0),
        );
      }
    },
  },
  {
    title: "refuses a missing input and one of another length or element type, and changes nothing",
    async check(backend) {
      const program = await compileSum(backend);
      const { x, n } = inputs();
      const code = "CODEX_COMPUTE_INPUT";
      await codedRejection(() => program.run({ x }), code);
      await codedRejection(() => program.run({ x: x.subarray(1), n }), code);
      await codedRejection(() => program.run({ x: Int32Array.of(1, 2, 3), n }), code);
      await codedRejection(() => program.run({ x, n: Float32Array.of(1, 2) }), code);
      assert.deepEqual((await backend.readState(["w"])).w!.data, new Float32Array(3));
    },
  },
  {
    title: "runs in the order of the calls, awaited or not",
    async check(backend) {
      const program = await compileSum(backend);
      const results = await Promise.all(
        [1, 2, 3].map((value) => program.run({ ...inputs(), x: new Float32Array(3).fill(value) })),
      );
      assert.deepEqual(
        results.map(({ w }) => w![0]),
        [1, 3, 6],
      );
    },
  },
  {
    title: "does not start when the signal is aborted",
    async check(backend) {
      const program = await compileSum(backend);
      await assert.rejects(() => program.run(inputs(), AbortSignal.abort(new Error("stopped by the test"))));
      assert.deepEqual((await backend.readState(["w"])).w!.data, new Float32Array(3));
    },
  },
  {
    title: "gives the event loop a turn between runs",
    async check(backend) {
      const program = await compileSum(backend);
      let turns = 0;
      const count = () => {
        turns += 1;
        immediate = setImmediate(count);
      };
      let immediate = setImmediate(count);
      for (let run = 0; run < 5; run += 1) await program.run(inputs());
      clearImmediate(immediate);
      assert.ok(turns >= 3, `${turns} turns in 5 runs`);
    },
  },
  {
    title: "goes on after a body that throws, with its state as it was",
    async check(backend) {
      const program = await compileSum(backend);
      await program.run(inputs());
      await assert.rejects(async () => {
        const broken = await backend.compile({
          name: "broken",
          state: { w: vector },
          inputs: {},
          body: ({ w }) => {
            sum(w!);
            throw new RangeError("thrown by the test");
          },
        });
        await broken.run({});
      }, /thrown by the test/);
      assert.deepEqual((await program.run(inputs())).w, Float32Array.of(2, 6, 4));
    },
  },
  {
    title: "refuses to run what was disposed",
    async check(backend) {
      const program = await compileSum(backend);
      await program.dispose();
      await codedRejection(() => program.run(inputs()));
    },
  },
];
