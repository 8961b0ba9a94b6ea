import { expect } from "chai";
import type { Alias, SessionGraph } from "#src/compiled-graph.js";
import { SessionCache } from "#src/programs/session-cache.js";
import { SessionProgram } from "#src/programs/session-program.js";
import { createRuntime } from "#src/runtime/create-runtime.js";
import type { Runtime } from "#src/runtime/runtime.js";
import { MemoryBudget } from "#src/state/memory-budget.js";
import { StateArena } from "#src/state/state-arena.js";
import { floats, tinyModel } from "../support/tiny-model.js";

/** `state += x`, with the sum as an output. */
function sumGraph(aliases: readonly Alias[]): SessionGraph {
  return {
    kind: "session",
    model: tinyModel(
      [
        { op: "Add", inputs: ["state", "x"], outputs: ["next"] },
        { op: "Identity", inputs: ["next"], outputs: ["y"] },
      ],
      [floats("state", 2), floats("x", 2)],
      [floats("next", 2), floats("y", 2)],
    ),
    inputs: { state: { kind: "state", name: "cache/sum" }, x: { kind: "input", name: "x" } },
    outputs: { next: { kind: "state", name: "cache/sum" }, y: { kind: "output", name: "sum" } },
    narrowed: [],
    aliases,
    hostOperators: [],
    largest: { what: "x", shape: [], sizeBytes: 4 },
    describe: () => ({ nodeCount: 0, operators: {}, peakBytes: 0, text: "" }),
  };
}

for (const choice of ["native-api", "binding"] as const) {
  describe(`SessionProgram on ${choice}`, () => {
    let runtime: Runtime;
    let arena: StateArena;
    let sessions: SessionCache;
    beforeEach(async () => {
      runtime = await createRuntime(choice, undefined);
      arena = new StateArena(new MemoryBudget(), runtime.addressOf);
      sessions = new SessionCache(runtime, 1);
      arena.declare("cache/sum", { shape: [2], dtype: "float32" });
    });
    afterEach(() => runtime.dispose());

    for (const aliases of [[], [{ output: "next", input: "state" }]]) {
      it(`keeps state from run to run, ${aliases.length ? "written in place" : "through a second buffer"}`, async () => {
        const program = await SessionProgram.create("sum", sumGraph(aliases), arena, sessions);
        const sums: number[][] = [];
        for (const x of [1, 10, 100]) {
          const { sum } = await program.run({ x: Float32Array.of(x, -x) });
          sums.push([...sum!]);
        }
        expect(sums).to.deep.equal([
          [1, -1],
          [11, -11],
          [111, -111],
        ]);
        expect([...arena.read("cache/sum").data]).to.deep.equal([111, -111]);
        arena.write("cache/sum", { shape: [2], dtype: "float32", data: Float32Array.of(0, 0) });
        expect([...(await program.run({ x: Float32Array.of(1, 1) })).sum!]).to.deep.equal([1, 1]);
        await program.dispose();
        expect(arena.budget.usedBytes).to.be.greaterThan(0);
        arena.release(["cache/sum"]);
        expect(arena.budget.usedBytes).to.equal(0);
      });
    }

    it("keeps the old state for operators that read it after the new one is made", async () => {
      const sum = sumGraph([]);
      const late = tinyModel(
        [
          { op: "Add", inputs: ["state", "x"], outputs: ["next"] },
          { op: "Exp", inputs: ["next"], outputs: ["grown"] },
          { op: "Log", inputs: ["grown"], outputs: ["back"] },
          { op: "Sub", inputs: ["back", "state"], outputs: ["y"] },
        ],
        sum.model.inputs,
        sum.model.outputs,
      );
      const program = await SessionProgram.create("late", { ...sum, model: late }, arena, sessions);
      for (let run = 0; run < 2; run++) {
        const { sum: step } = await program.run({ x: Float32Array.of(2, 3) });
        expect(step![0]).to.be.closeTo(2, 1e-5);
      }
      expect([...arena.read("cache/sum").data]).to.deep.equal([4, 6]);
      await program.dispose();
    });

    it("keeps no tensor over memory that the arena has replaced", async () => {
      let live = 0;
      const counted = new Proxy(runtime, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target);
          if (name !== "tensor") return typeof member === "function" ? member.bind(target) : member;
          return (...args: Parameters<Runtime["tensor"]>) => {
            const tensor = target.tensor(...args);
            live += 1;
            const dispose = () => {
              live -= 1;
              tensor.dispose();
            };
            return new Proxy(tensor, { get: (of, key) => (key === "dispose" ? dispose : Reflect.get(of, key, of)) });
          };
        },
      });
      const alias = [{ output: "next", input: "state" }];
      const program = await SessionProgram.create("sum", sumGraph(alias), arena, new SessionCache(counted, 1));
      await program.run({ x: Float32Array.of(1, 1) });
      const first = live;
      for (let more = 0; more < 3; more += 1) {
        arena.declare(`cache/more${more}`, { shape: [2], dtype: "float32" });
        await program.run({ x: Float32Array.of(1, 1) });
      }
      expect(live).to.equal(first);
      expect([...arena.read("cache/sum").data]).to.deep.equal([4, 4]);
      await program.dispose();
      expect(live).to.equal(0);
    });

    it("gives fresh outputs", async () => {
      const program = await SessionProgram.create("sum", sumGraph([]), arena, sessions);
      const first = await program.run({ x: Float32Array.of(1, 1) });
      await program.run({ x: Float32Array.of(1, 1) });
      expect([...first.sum!]).to.deep.equal([1, 1]);
      await program.dispose();
    });

    it("shares the session of equal models", async () => {
      const programs = [
        await SessionProgram.create("one", sumGraph([]), arena, sessions),
        await SessionProgram.create("two", sumGraph([]), arena, sessions),
      ];
      expect(programs[0]!.shared.session).to.equal(programs[1]!.shared.session);
      await programs[0]!.dispose();
      expect([...(await programs[1]!.run({ x: Float32Array.of(4, 4) })).sum!]).to.deep.equal([4, 4]);
      await programs[1]!.dispose();
    });

    it("says which program ONNX Runtime refuses, and why", async () => {
      const graph = sumGraph([]);
      const broken = { ...graph, model: { ...graph.model, bytes: graph.model.bytes.slice(0, 40) } };
      const error = await SessionProgram.create("broken", broken, arena, sessions).catch((failure: unknown) => failure);
      expect(error).to.include({ code: "CODEX_COMPUTE_SESSION", where: "broken" });
      expect(String(error)).to.match(/broken does not load: \S/);
    });
  });
}
