import { expect } from "chai";
import type { ElementwiseGraph } from "#src/compiled-graph.js";
import { ElementwiseProgram } from "#src/programs/elementwise-program.js";
import { SessionCache } from "#src/programs/session-cache.js";
import { createRuntime } from "#src/runtime/create-runtime.js";
import type { Runtime } from "#src/runtime/runtime.js";
import { MemoryBudget } from "#src/state/memory-budget.js";
import { StateArena } from "#src/state/state-arena.js";
import { stepGraph } from "../support/elementwise-graph.js";
import { floats, tinyModel } from "../support/tiny-model.js";

for (const choice of ["native-api", "binding"] as const) {
  describe(`ElementwiseProgram on ${choice}`, () => {
    const lengths = { w1: 37, b1: 5, w2: 64, b2: 1 };
    let runtime: Runtime;
    let arena: StateArena;
    let sessions: SessionCache;
    beforeEach(async () => {
      runtime = await createRuntime(choice, undefined);
      arena = new StateArena(new MemoryBudget(), runtime.addressOf);
      sessions = new SessionCache(runtime, 2);
    });
    afterEach(() => runtime.dispose());

    function declareAll(): void {
      for (const kind of ["parameter", "gradient"]) {
        for (const [name, length] of Object.entries(lengths)) {
          const shape = name.startsWith("w") ? [1, length] : [length];
          const data = Float32Array.from({ length }, (_, i) => (kind === "gradient" ? 1 : i));
          arena.write(`${kind}/${name}`, { shape, dtype: "float32", data });
        }
      }
    }

    it("updates every element of every member once, in few slices", async () => {
      declareAll();
      const program = await ElementwiseProgram.create("update", stepGraph(lengths), arena, sessions, 64);
      expect(program.sliceCount).to.equal(3);
      await program.run({ rate: Float32Array.of(0.5) });
      await program.run({ rate: Float32Array.of(0.25) });
      for (const [name, length] of Object.entries(lengths)) {
        const expected = Array.from({ length }, (_, i) => i + 0.75);
        expect([...arena.read(`parameter/${name}`).data], name).to.deep.equal(expected);
      }
      await program.dispose();
    });

    it("gives the same where many slices run at a time", async () => {
      declareAll();
      const program = await ElementwiseProgram.create("update", stepGraph(lengths), arena, sessions, 8);
      expect(program.sliceCount).to.be.greaterThan(12);
      for (let i = 0; i < 20; i++) await program.run({ rate: Float32Array.of(0.5) });
      for (const [name, length] of Object.entries(lengths)) {
        const expected = Array.from({ length }, (_, i) => i + 10);
        expect([...arena.read(`parameter/${name}`).data], name).to.deep.equal(expected);
      }
      await program.dispose();
    });

    it("takes longer slices where a group has one operator alone", async () => {
      const length = 200_000;
      for (const kind of ["parameter", "gradient"]) {
        arena.write(`${kind}/w`, { shape: [length], dtype: "float32", data: new Float32Array(length) });
      }
      const { groups, ...graph } = stepGraph({ w: length });
      for (const [operatorCount, slices] of [
        [2, 2],
        [1, 1],
      ] as const) {
        const counted = { ...graph, groups: groups.map((group) => ({ ...group, operatorCount })) };
        const program = await ElementwiseProgram.create("update", counted, arena, sessions);
        expect(program.sliceCount).to.equal(slices);
        await program.dispose();
      }
    });

    it("follows state that moves because its kind grew", async () => {
      declareAll();
      const program = await ElementwiseProgram.create("update", stepGraph(lengths), arena, sessions);
      arena.declare("parameter/late", { shape: [8, 8], dtype: "float32" });
      await program.run({ rate: Float32Array.of(2) });
      expect(arena.read("parameter/w1").data[36]).to.equal(38);
      await program.dispose();
    });

    it("reads old values where one member writes what another reads", async () => {
      for (const [name, value] of [
        ["parameter/a", 1],
        ["parameter/b", 2],
      ] as const) {
        arena.write(name, { shape: [1], dtype: "float32", data: Float32Array.of(value) });
      }
      const swap = (from: string, to: string) => ({
        length: 1,
        inputs: { x: { kind: "state", name: from } as const },
        outputs: { y: { kind: "state", name: to } as const },
      });
      const graph: ElementwiseGraph = {
        kind: "elementwise",
        groups: [
          {
            inputs: [{ name: "x", dtype: "float32", kind: "elements" }],
            outputs: [{ name: "y", dtype: "float32", kind: "elements" }],
            members: [swap("parameter/a", "parameter/b"), swap("parameter/b", "parameter/a")],
            operatorCount: 1,
            model: (length) =>
              tinyModel(
                [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
                [floats("x", length)],
                [floats("y", length)],
              ),
          },
        ],
        describe: () => ({ nodeCount: 0, operators: {}, peakBytes: 0, text: "" }),
      };
      const program = await ElementwiseProgram.create("swap", graph, arena, sessions);
      await program.run({});
      expect([arena.read("parameter/a").data[0], arena.read("parameter/b").data[0]]).to.deep.equal([2, 1]);
      await program.dispose();
    });
  });
}
