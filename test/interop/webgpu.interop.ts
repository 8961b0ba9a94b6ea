import { expect } from "chai";
import { cachedAttention } from "codex-nn";
import {
  assertClose,
  describeBackend,
  describeCoreOperators,
  describeOperators,
  ints,
  randomFloats,
  runOnce,
} from "codex-nn/testing";
import { computeOnnxOptions, createOnnxBackend, type OnnxBackend } from "codex-plugin-compute-onnx";
import {
  gradients,
  openToy,
  toyBatch,
  trainToy,
  update,
} from "../../plugins/codex-plugin-compute-onnx/test/support/toy-training.js";

const createBackend = () => createOnnxBackend(computeOnnxOptions.parse({ device: "webgpu" }));

describeBackend("onnx webgpu", createBackend);
describeOperators("onnx webgpu", createBackend);
describeCoreOperators("onnx webgpu", createBackend);

describe("cached attention on webgpu", () => {
  // ONNX Runtime's own operator is right for one new token there, and wrong for many.
  for (const [count, batch, position] of [
    [40, 1, undefined],
    [40, 1, [60]],
    [40, 3, undefined],
    [1, 3, [5, 90, 127]],
  ] as const) {
    const where = position ? `at ${position}` : "at the beginning";
    it(`of ${count} new tokens of ${batch} sequences ${where} is the processor's`, async () => {
      const rows = [count, batch, 4, 32];
      const caches = [batch, 4, 128, 32];
      const given = {
        ...{ q: randomFloats(rows, 1), k: randomFloats(rows, 2), v: randomFloats(rows, 3) },
        ...{ keys: randomFloats(caches, 4), values: randomFloats(caches, 5) },
        ...(position ? { at: ints([batch], [...position]) } : {}),
      };
      const results = [];
      for (const device of ["cpu", "webgpu"]) {
        const backend = await createOnnxBackend(computeOnnxOptions.parse({ device, native: false }));
        const run = runOnce(backend, given, ({ q, k, v, keys, values, at }) => ({
          y: cachedAttention(q!, k!, v!, keys!, values!, at).y,
        }));
        results.push((await run).y!);
        await backend.dispose();
      }
      assertClose(results[1]!, results[0]!, { relative: 1e-5, ofLargest: 1e-5 }, "y");
    });
  }
});

describe("training on webgpu", () => {
  it("gives the processor's losses and parameters", async () => {
    const [host, device] = [await trainToy({ device: "cpu" }, 8), await trainToy({ device: "webgpu" }, 8)];
    for (const [name, values] of Object.entries(host)) {
      // Moments are sums over 602 rows that cancel: their last digits depend on the order of summing.
      const ofLargest = name.startsWith("optimizer/") ? 5e-5 : 1e-5;
      assertClose(device[name]!, values, { relative: 1e-4, ofLargest }, name);
    }
  });

  it("goes on in another backend from the state that was read", async () => {
    const steps = async (backend: OnnxBackend, count: number) => {
      const [fresh, apply] = [await backend.compile(gradients(false)), await backend.compile(update())];
      const losses: number[] = [];
      for (let step = 0; step < count; step++) {
        losses.push((await fresh.run(toyBatch(step % 2))).lossSum![0]!);
        await apply.run({ rate: Float32Array.of(2e-5) });
      }
      return losses;
    };
    const names = ["w1", "b1", "w2", "b2"].flatMap((name) => [`parameter/${name}`, `optimizer/mean/${name}`]);
    const first = await openToy({ device: "webgpu" });
    await steps(first, 4);
    const saved = await first.readState(names);
    const uninterrupted = await steps(first, 4);
    await first.dispose();
    const second = await openToy({ device: "webgpu" });
    await second.writeState(saved);
    const resumed = await steps(second, 4);
    await second.dispose();
    expect(resumed).to.deep.equal(uninterrupted);
  });

  it("holds no more memory after 400 steps than after 100", async () => {
    const backend = await openToy({ device: "webgpu" });
    const [fresh, apply] = [await backend.compile(gradients(false)), await backend.compile(update())];
    const rss: number[] = [];
    for (let step = 1; step <= 400; step++) {
      await fresh.run(toyBatch(step % 2));
      await apply.run({ rate: Float32Array.of(2e-5) });
      if (step % 100 === 0) rss.push(process.memoryUsage().rss);
    }
    await backend.dispose();
    expect(rss.at(-1)! - rss[0]!, `resident bytes: ${rss}`).to.be.lessThan(50e6);
  });
});

describe("a tensor above webgpu's limit", () => {
  it("is an error with both figures", async () => {
    const backend = await createBackend();
    const shape = [1 << 26];
    const failure = await backend
      .compile({ name: "large", state: { w: { shape, dtype: "float32" } }, inputs: {}, body: () => ({ outputs: {} }) })
      .then(
        () => undefined,
        (error: Error) => error,
      );
    await backend.dispose();
    expect(failure).to.include({ code: "CODEX_COMPUTE_TENSOR_SIZE" });
    expect(String(failure)).to.match(/268435456 bytes; the device binds 134217728 bytes/);
  });
});
