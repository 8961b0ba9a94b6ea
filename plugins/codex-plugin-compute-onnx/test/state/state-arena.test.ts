import { expect } from "chai";
import type { TensorData } from "codex-core";
import { MemoryBudget } from "#src/state/memory-budget.js";
import { StateArena } from "#src/state/state-arena.js";

const spec = (...shape: number[]) => ({ shape, dtype: "float32" as const });
const values = (shape: number[], ...data: number[]): TensorData => ({
  ...spec(...shape),
  data: Float32Array.from(data),
});

describe("StateArena", () => {
  it("lays the states of a kind side by side, matrices before vectors, in one order for all kinds", () => {
    const arena = new StateArena(new MemoryBudget());
    for (const kind of ["parameter/", "optimizer/exp_avg/"]) {
      const names = kind === "parameter/" ? ["w1", "b1", "w2", "b2"] : ["b2", "w2", "w1", "b1"];
      for (const name of names) arena.declare(`${kind}${name}`, name.startsWith("w") ? spec(3, 7) : spec(5));
    }
    for (const kind of ["parameter/", "optimizer/exp_avg/"]) {
      const memories = ["w1", "w2", "b1", "b2"].map((name) => arena.memoryOf(`${kind}${name}`));
      const starts = memories.map((memory) => (memory.byteOffset - memories[0]!.byteOffset) / 4);
      expect(starts, kind).to.deep.equal([0, 32, 64, 80]);
      expect(new Set(memories.map((memory) => memory.buffer)).size).to.equal(1);
    }
  });

  it("starts at zero, keeps what was written, and gives copies", () => {
    const arena = new StateArena(new MemoryBudget());
    arena.declare("parameter/a", spec(2));
    expect([...arena.read("parameter/a").data]).to.deep.equal([0, 0]);
    arena.write("parameter/a", values([2], 1, 2));
    const copy = arena.read("parameter/a");
    copy.data.fill(9);
    expect([...arena.read("parameter/a").data]).to.deep.equal([1, 2]);
  });

  it("keeps values that were written before the kind was complete, and when it grows", () => {
    const arena = new StateArena(new MemoryBudget());
    arena.write("parameter/a", values([2], 1, 2));
    arena.write("parameter/b", values([1, 2], 3, 4));
    arena.declare("parameter/c", spec(1));
    expect([...arena.memoryOf("parameter/a")]).to.deep.equal([1, 2]);
    const version = arena.version;
    arena.declare("parameter/d", spec(4, 4));
    arena.memoryOf("parameter/d");
    expect(arena.version).to.be.greaterThan(version);
    expect([...arena.memoryOf("parameter/b")]).to.deep.equal([3, 4]);
  });

  it("swaps a state with its shadow, and copies where the state is pinned", () => {
    const arena = new StateArena(new MemoryBudget());
    for (const name of ["cache/free", "cache/pinned"]) arena.declare(name, spec(1));
    arena.pin("cache/pinned");
    for (const name of ["cache/free", "cache/pinned"]) {
      const before = arena.memoryOf(name);
      arena.shadowOf(name)[0] = 7;
      arena.adoptShadow(name);
      expect(arena.read(name).data[0]).to.equal(7);
      expect(arena.memoryOf(name) === before).to.equal(name === "cache/pinned");
    }
  });

  it("refuses another shape, another element type, and values that do not fill the shape", () => {
    const arena = new StateArena(new MemoryBudget());
    arena.declare("parameter/a", spec(2, 3));
    const mismatch = { code: "CODEX_COMPUTE_STATE_MISMATCH" };
    expect(() => arena.declare("parameter/a", spec(3, 2)))
      .to.throw(/float32 \[2, 3\].*float32 \[3, 2\]/)
      .with.include(mismatch);
    expect(() => arena.declare("parameter/a", { shape: [2, 3], dtype: "int32" }))
      .to.throw(/int32/)
      .with.include(mismatch);
    expect(() => arena.write("parameter/b", values([3], 1, 2)))
      .to.throw(/2 values/)
      .with.include(mismatch);
    const wrongArray = { shape: [1], dtype: "int32" as const, data: Float32Array.of(1) };
    expect(() => arena.write("parameter/b", wrongArray))
      .to.throw(/Float32Array for int32/)
      .with.include(mismatch);
  });

  it("writes all states of a call, or none", () => {
    const arena = new StateArena(new MemoryBudget());
    arena.write("parameter/a", values([1], 1));
    arena.write("parameter/b", values([1], 2));
    const both = { "parameter/a": values([1], 7), "parameter/b": values([2], 7, 7) };
    expect(() => arena.writeAll(both)).to.throw(/parameter\/b/);
    expect(arena.read("parameter/a").data[0]).to.equal(1);
  });

  it("writes nothing of a call whose new states do not fit the limit", () => {
    const budget = new MemoryBudget(1000);
    const arena = new StateArena(budget);
    arena.write("parameter/a", values([1], 1));
    expect(arena.read("parameter/a").data[0]).to.equal(1);
    const before = budget.usedBytes;
    const large = { shape: [300], dtype: "float32", data: new Float32Array(300) } as const;
    expect(() => arena.writeAll({ "parameter/a": values([1], 5), "parameter/b": values([1], 2), "other/c": large }))
      .to.throw("2 states")
      .with.property("code", "CODEX_COMPUTE_MEMORY");
    expect(arena.read("parameter/a").data[0]).to.equal(1);
    expect(() => arena.read("parameter/b")).to.throw("CODEX_COMPUTE_UNKNOWN_STATE");
    expect(budget.usedBytes).to.equal(before);
  });

  it("names a state that nobody declared, or that was released", () => {
    const arena = new StateArena(new MemoryBudget());
    const unknown = { code: "CODEX_COMPUTE_UNKNOWN_STATE" };
    expect(() => arena.read("parameter/a"))
      .to.throw(/parameter\/a/)
      .with.include(unknown);
    arena.write("parameter/a", values([1], 1));
    arena.release(["parameter/a"]);
    expect(() => arena.read("parameter/a"))
      .to.throw(/parameter\/a/)
      .with.include(unknown);
  });

  it("counts what it holds, gives it back, and refuses what exceeds the limit", () => {
    const budget = new MemoryBudget(1000);
    const arena = new StateArena(budget);
    arena.declare("parameter/a", spec(100));
    arena.memoryOf("parameter/a");
    expect(budget.usedBytes).to.equal(448);
    arena.declare("gradient/a", spec(200));
    expect(() => arena.memoryOf("gradient/a"))
      .to.throw(/limit is 1000/)
      .with.include({ code: "CODEX_COMPUTE_MEMORY" });
    arena.release(["parameter/a", "gradient/a"]);
    expect(budget.usedBytes).to.equal(0);
  });
});
