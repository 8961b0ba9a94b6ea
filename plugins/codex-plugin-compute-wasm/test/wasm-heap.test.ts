import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { CodexError, Program } from "codex-core";
import { rejection } from "codex-core/testing";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import { loadWasm } from "#src/load-wasm.js";

type Body = Program<tf.Tensor>["body"];

const spec = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;

/** A chain of sums of a thousand numbers each, all of them kept to the end. */
const chain =
  (length: number): Body =>
  (_, { x }) => {
    const links = [x!];
    for (let index = 0; index < length; index += 1) links.push(tf.add(links.at(-1)!, 1));
    return { outputs: { y: tf.sum(links.at(-1)!) } };
  };

describe("the memory of WebAssembly", () => {
  const x = new Float32Array(1000);
  let usedBytes: () => number;

  before(async () => {
    const { heap } = await loadWasm();
    usedBytes = () => heap.usedBytes;
  });

  async function attempt(body: Body, memoryLimitBytes?: number): Promise<number | CodexError> {
    const backend = await createWasmBackend({ memoryLimitBytes });
    const program = await backend.compile({ name: "attempt", state: {}, inputs: { x: spec(1000) }, body });
    try {
      const { y } = await program.run({ x });
      return y![0]!;
    } catch (error) {
      return error as CodexError;
    } finally {
      await backend.dispose();
    }
  }

  it("is refused beyond the limit, with the figures, and is there again for a smaller run", async () => {
    const before = { bytes: usedBytes(), tensors: tf.memory().numTensors };
    const limit = before.bytes + 60_000;
    const refused = await attempt(chain(20), limit);
    expect(refused).to.include({ code: "CODEX_COMPUTE_MEMORY", where: "compute.memoryLimitBytes" });
    expect(String(refused)).to.match(
      /The program attempt .* 4000 bytes, \d+ in all; the limit is \d+\.\nWhere: .*\nFix: /,
    );
    expect({ bytes: usedBytes(), tensors: tf.memory().numTensors }).to.deep.equal(before);
    expect(await attempt(chain(10), limit)).to.equal(10_000);
    expect(await attempt(chain(20))).to.equal(20_000);
  });

  it("is refused where WebAssembly has none, before anything is written, and the module goes on", async () => {
    const backend = await createWasmBackend();
    const held = Float32Array.from({ length: 1_000_000 }, (_, index) => index);
    await backend.writeState({ held: { ...spec(1_000_000), data: held } });
    // More than can be addressed, and so much that the rest does not suffice.
    for (const size of [2_000_000_000, 1_073_400_000]) {
      const refused = await attempt(() => ({ outputs: { y: tf.sum(tf.fill([size], 1)) } }));
      expect(refused).to.include({ code: "CODEX_COMPUTE_MEMORY", where: "attempt" });
      expect(String(refused)).to.include(`needs ${size * 4} bytes`);
    }
    expect(await attempt(chain(10))).to.equal(10_000);
    expect((await backend.readState(["held"])).held!.data).to.deep.equal(held);
    await backend.dispose();
  });

  it("is counted with the copy that a product keeps of its right side", async () => {
    const product: Body = () => {
      const weights = tf.fill([500, 500], 1);
      const y = tf.matMul(tf.ones([1, 500]), weights);
      return { outputs: { y: tf.sum(tf.matMul(y, weights)) } };
    };
    const before = usedBytes();
    // A million bytes for the weights, and a little more for their copy.
    expect(await attempt(product, before + 1_900_000)).to.include({ code: "CODEX_COMPUTE_MEMORY" });
    expect(await attempt(product, before + 2_200_000)).to.equal(500 ** 3);
    expect(usedBytes()).to.equal(before);
  });

  it("is freed of what a gradient had saved, and of what a kernel had half done, when it was short", async () => {
    const loss: Body = (_, { x: given }) => {
      const f = (w: tf.Tensor) => {
        const rows = tf.reshape(w, [10, 100]);
        return tf.sum(tf.matMul(tf.exp(tf.matMul(rows, rows, false, true)), tf.fill([10, 3000], 1)));
      };
      const { value } = tf.valueAndGrad(f)(given!);
      return { outputs: { y: value } };
    };
    const before = { bytes: usedBytes(), tensors: tf.memory().numTensors };
    for (const extra of [5_000, 10_000, 20_000, 100_000, 150_000, 250_000]) {
      expect(await attempt(loss, before.bytes + extra), String(extra)).to.include({ code: "CODEX_COMPUTE_MEMORY" });
      expect({ bytes: usedBytes(), tensors: tf.memory().numTensors }, String(extra)).to.deep.equal(before);
    }
    expect(await attempt(loss)).to.be.a("number");
    // The operand is turned, and then there is no room for the product.
    const outer: Body = (_, { x: given }) => {
      const row = tf.reshape(given!, [1, 1000]);
      return { outputs: { y: tf.sum(tf.matMul(row, row, true)) } };
    };
    expect(await attempt(outer, before.bytes + 100_000)).to.include({ code: "CODEX_COMPUTE_MEMORY" });
    expect(usedBytes()).to.equal(before.bytes);
  });

  it("is not taken by state that there is no room for, neither declared nor written", async () => {
    const before = usedBytes();
    const backend = await createWasmBackend({ memoryLimitBytes: before + 60_000 });
    const state = { a: spec(10_000), b: spec(10_000) };
    const body: Body = () => ({ outputs: {} });
    const refused = await rejection(
      () => backend.compile({ name: "stateful", state, inputs: {}, body }),
      "CODEX_COMPUTE_MEMORY",
    );
    expect(refused.what).to.include("stateful");
    expect(usedBytes()).to.equal(before);
    const values = { ...spec(10_000), data: new Float32Array(10_000) };
    await rejection(() => backend.writeState({ a: values, b: values }), "CODEX_COMPUTE_MEMORY");
    await rejection(() => backend.readState(["a"]), "CODEX_COMPUTE_UNKNOWN_STATE");
    expect(usedBytes()).to.equal(before);
    await backend.writeState({ a: values });
    await backend.dispose();
    expect(usedBytes()).to.equal(before);
  });
});
