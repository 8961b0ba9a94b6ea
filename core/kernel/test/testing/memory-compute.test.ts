import { expect } from "chai";
import type { Program, TensorData } from "codex-core";
import { MemoryCompute, rejection } from "codex-core/testing";

const vector = { shape: [2], dtype: "float32" } as const;

/** Adds an input to a sum that stays. */
const adding: Program<TensorData> = {
  name: "adding",
  state: { sum: vector },
  inputs: { x: vector },
  body: ({ sum }, { x }) => {
    const data = (sum!.data as Float32Array).map((value, index) => value + x!.data[index]!);
    return { state: { sum: { ...vector, data } }, outputs: { sum: { ...vector, data } } };
  },
};

describe("MemoryCompute", () => {
  it("runs programs over state that stays, starting at zero", async () => {
    const compute = new MemoryCompute();
    const program = await compute.compile(adding);
    await program.run({ x: Float32Array.of(1, 2) });
    const { sum } = await program.run({ x: Float32Array.of(1, 2) });
    expect([...sum!]).to.deep.equal([2, 4]);
    sum!.fill(9);
    expect([...(await compute.readState(["sum"])).sum!.data]).to.deep.equal([2, 4]);
    await compute.writeState({ sum: { ...vector, data: Float32Array.of(5, 5) } });
    const again = await compute.compile({ ...adding, name: "again" });
    expect([...(await again.run({ x: Float32Array.of(1, 1) })).sum!]).to.deep.equal([6, 6]);
    await program.dispose();
  });

  it("refuses inputs and state that do not fit", async () => {
    const compute = new MemoryCompute();
    const program = await compute.compile(adding);
    for (const x of [undefined, Float32Array.of(1), Int32Array.of(1, 2)]) {
      await rejection(() => program.run({ x: x as Float32Array }), "CODEX_COMPUTE_INPUT");
    }
    await rejection(
      () => compute.compile({ ...adding, state: { sum: { shape: [3], dtype: "float32" } } }),
      "CODEX_COMPUTE_STATE_MISMATCH",
    );
    await compute.releaseState(["sum"]);
    await rejection(() => compute.readState(["sum"]), "CODEX_COMPUTE_UNKNOWN_STATE");
  });

  it("does not start a run after the signal, and forgets all when it is closed", async () => {
    const compute = new MemoryCompute();
    const program = await compute.compile(adding);
    const run = () => program.run({ x: Float32Array.of(1, 2) }, AbortSignal.abort());
    expect(await run().catch((error: Error) => error.name)).to.equal("AbortError");
    await compute.dispose();
    expect(compute.disposed).to.equal(true);
    await rejection(() => compute.readState(["sum"]), "CODEX_COMPUTE_UNKNOWN_STATE");
  });
});
