import { monitorEventLoopDelay } from "node:perf_hooks";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { ComputePoint, type Program } from "codex-core";
import { factsFromPlugin } from "codex-core/testing";
import { gelu } from "codex-nn";
import plugin, { computeOnnxOptions, createOnnxBackend, type OnnxBackend } from "codex-plugin-compute-onnx";
import { gradients, openToy, toyBatch, trainToy, update } from "./support/toy-training.js";

/** Rejects, or gives the error. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error,
  );

/** `sum += x`, and twice the sum. */
const counter: Program<tf.Tensor> = {
  name: "counter",
  state: { "cache/sum": { shape: [3], dtype: "float32" } },
  inputs: { x: { shape: [3], dtype: "float32" }, unread: { shape: [2, 2], dtype: "int32" } },
  body(state, { x }) {
    const sum = tf.add(state["cache/sum"]!, x!);
    return { state: { "cache/sum": sum }, outputs: { twice: tf.mul(sum, 2) } };
  },
};
const unread = new Int32Array(4);

describe("OnnxBackend", () => {
  const opened: OnnxBackend[] = [];
  const open = async (options = {}) => {
    const backend = await createOnnxBackend(computeOnnxOptions.parse(options));
    opened.push(backend);
    return backend;
  };
  afterEach(async () => {
    for (const backend of opened.splice(0)) await backend.dispose();
  });

  it("describes the device", async () => {
    const { device } = await open({ native: false, threads: 2 });
    expect(device).to.include({ kind: "cpu", runtime: "onnxruntime 1.30.0", threads: 2 });
    expect(device.dtypes).to.deep.equal(["float32"]);
  });

  it("says why it computes with stock operators, beside the runtime that locks compare", async () => {
    const { device } = await open({ native: false });
    expect(device).to.include({ runtime: "onnxruntime 1.30.0", note: "stock operators (compute.native is false)" });
    expect((await open({ runtime: "binding" })).device.note).to.equal("stock operators (compute.runtime is binding)");
  });

  for (const native of [true, false]) {
    it(`gives the same bits with 1, 2 and 4 threads and from run to run, native: ${native}`, async () => {
      const expected = await trainToy({ native, threads: 1 });
      for (const threads of [1, 2, 4]) expect(await trainToy({ native, threads })).to.deep.equal(expected);
      expect(expected.losses!.at(-4)).to.be.lessThan(expected.losses![0]!);
    });
  }

  it("gives the same bits by the binding", async () => {
    expect(await trainToy({ runtime: "binding" })).to.deep.equal(await trainToy({ native: false }));
  });

  const odd: Record<string, [inputs: Record<string, number[]>, body: Program<tf.Tensor>["body"], y: number[]]> = {
    "without inputs": [{}, () => ({ outputs: { y: tf.add(tf.range(0, 3), tf.ones([3])) } }), [1, 2, 3]],
    "of a constant": [{}, () => ({ outputs: { y: tf.scalar(3) } }), [3]],
    "of an input as it is": [{ x: [1, 2] }, (_, { x }) => ({ outputs: { y: x! } }), [1, 2]],
    "of nothing at all": [{}, () => ({ outputs: {} }), []],
    "of tensors without elements": [{ x: [] }, (_, { x }) => ({ outputs: { y: tf.add(x!, 1) } }), []],
  };
  for (const [what, [given, body, y]] of Object.entries(odd)) {
    it(`runs a program ${what}`, async () => {
      const backend = await open();
      const inputs = Object.fromEntries(
        Object.entries(given).map(([name, { length }]) => [name, { shape: [length], dtype: "float32" as const }]),
      );
      const program = await backend.compile({ name: what, state: {}, inputs, body });
      const values = Object.fromEntries(Object.entries(given).map(([name, data]) => [name, Float32Array.from(data)]));
      expect([...((await program.run(values)).y ?? [])]).to.deep.equal(y);
    });
  }

  it("gives one program at a time its turn, in the order of the calls", async () => {
    const backend = await open();
    const program = await backend.compile(counter);
    const runs = [1, 2, 3].map((x) => program.run({ x: Float32Array.of(x, 0, 0), unread }));
    const sums = (await Promise.all(runs)).map(({ twice }) => twice![0]);
    expect(sums).to.deep.equal([2, 6, 12]);
    expect((await backend.readState(["cache/sum"]))["cache/sum"]!.data[0]).to.equal(6);
  });

  it("does not start a run whose signal is aborted", async () => {
    const backend = await open();
    const program = await backend.compile(counter);
    const error = await failureOf(
      program.run({ x: new Float32Array(3), unread }, AbortSignal.abort(new Error("enough"))),
    );
    expect(error).to.have.property("message", "enough");
  });

  const badInputs = {
    "is missing": { unread },
    "is too short": { x: new Float32Array(2), unread },
    "has another type": { x: new Int32Array(3), unread },
    "is no typed array": { x: [1, 2, 3] as unknown as Float32Array, unread },
    "is missing although nothing reads it": { x: new Float32Array(3) },
  };
  for (const [problem, inputs] of Object.entries(badInputs)) {
    it(`names an input that ${problem}, and changes nothing`, async () => {
      const backend = await open();
      const program = await backend.compile(counter);
      const error = await failureOf(program.run(inputs));
      expect(error).to.include({ code: "CODEX_COMPUTE_INPUT" });
      expect(String(error)).to.match(/counter → (x \[3\]|unread \[2, 2\])/);
      expect([...(await backend.readState(["cache/sum"]))["cache/sum"]!.data]).to.deep.equal([0, 0, 0]);
    });
  }

  it("refuses a program whose state is known with another shape", async () => {
    const backend = await open();
    await backend.writeState({ "cache/sum": { shape: [4], dtype: "float32", data: new Float32Array(4) } });
    expect(await failureOf(backend.compile(counter))).to.include({ code: "CODEX_COMPUTE_STATE_MISMATCH" });
  });

  it("starts released state at zero when a program names it again, and refuses it until then", async () => {
    const backend = await open();
    const program = await backend.compile(counter);
    await program.run({ x: Float32Array.of(1, 1, 1), unread });
    await backend.releaseState(["cache/sum"]);
    expect(await failureOf(backend.readState(["cache/sum"]))).to.include({ code: "CODEX_COMPUTE_UNKNOWN_STATE" });
    const again = await backend.compile(counter);
    expect([...(await again.run({ x: Float32Array.of(1, 2, 3), unread })).twice!]).to.deep.equal([2, 4, 6]);
  });

  it("refuses what needs more memory than the limit", async () => {
    const backend = await openToy({ memoryLimitBytes: 20_000 });
    opened.push(backend);
    const error = await failureOf(backend.compile(gradients(false)).then((program) => program.run(toyBatch(1))));
    expect(error).to.include({ code: "CODEX_COMPUTE_MEMORY", where: "compute.memoryLimitBytes" });
  });

  it("refuses what needs more memory between operators than the limit", async () => {
    const backend = await open({ memoryLimitBytes: 1_000_000 });
    const program = await backend.compile({
      name: "wide",
      state: {},
      inputs: { x: { shape: [2000, 1], dtype: "float32" } },
      body: (_, { x }) => ({ outputs: { y: tf.sum(tf.exp(tf.matMul(x!, x!, false, true))) } }),
    });
    const error = await failureOf(program.run({ x: new Float32Array(2000) }));
    expect(error).to.include({ code: "CODEX_COMPUTE_MEMORY" });
    expect(String(error)).to.match(/wide/);
  });

  it("refuses a native operator's output that there is no memory for", async function () {
    const backend = await open({ memoryLimitBytes: 8e6 });
    if (!backend.device.runtime.includes("native operators")) this.skip();
    const inputs: Program<tf.Tensor>["inputs"] = {
      x: { shape: [2000, 64], dtype: "float32" },
      weight: { shape: [64, 2000], dtype: "float32" },
    };
    const body: Program<tf.Tensor>["body"] = (_, { x, weight }) => ({
      outputs: { y: tf.sum(gelu(tf.matMul(x!, weight!))) },
    });
    const program = await backend.compile({ name: "native", state: {}, inputs, body });
    const error = await failureOf(program.run({ x: new Float32Array(128_000), weight: new Float32Array(128_000) }));
    expect(error).to.include({ code: "CODEX_COMPUTE_MEMORY" });
    expect(String(error)).to.match(/Gemm.*Available memory/s);
    const again = await backend.compile(counter);
    expect([...(await again.run({ x: Float32Array.of(1, 2, 3), unread })).twice!]).to.deep.equal([2, 4, 6]);
  });

  it("has room for a smaller program when a larger one was refused", async () => {
    const state = { "cache/held": { shape: [2_000_000], dtype: "float32" } } as const;
    const square = (size: number): Program<tf.Tensor> => ({
      name: `square ${size}`,
      state,
      inputs: { x: { shape: [size, 1], dtype: "float32" } },
      body: ({ "cache/held": held }, { x }) => {
        const product = tf.exp(tf.matMul(x!, x!, false, true));
        return { state: { "cache/held": tf.add(held!, 1) }, outputs: { y: tf.sum(tf.matMul(product, product)) } };
      },
    });
    const backend = await open({ memoryLimitBytes: 36e6 });
    const large = await backend.compile(square(2000));
    expect(await failureOf(large.run({ x: new Float32Array(2000) }))).to.include({ code: "CODEX_COMPUTE_MEMORY" });
    await large.dispose();
    const small = await backend.compile(square(500));
    const { y } = await small.run({ x: new Float32Array(500) });
    expect(y![0]).to.equal(500 ** 3);
  });

  it("refuses what was disposed, and disposes twice without harm", async () => {
    const backend = await open();
    const program = await backend.compile(counter);
    await program.dispose();
    await program.dispose();
    const inputs = { x: new Float32Array(3), unread };
    expect(await failureOf(program.run(inputs))).to.include({ code: "CODEX_COMPUTE_DISPOSED" });
    await backend.dispose();
    await backend.dispose();
    expect(await failureOf(backend.compile(counter))).to.include({ code: "CODEX_COMPUTE_DISPOSED" });
    expect(await failureOf(backend.readState([]))).to.include({ code: "CODEX_COMPUTE_DISPOSED" });
  });

  it("leaves the event loop free while it computes", async () => {
    const backend = await open();
    const size = 700;
    const program = await backend.compile({
      name: "long",
      state: {},
      inputs: { a: { shape: [size, size], dtype: "float32" } },
      body(_, { a }) {
        let product = a as tf.Tensor2D;
        for (let i = 0; i < 30; i++) product = tf.matMul(product, a as tf.Tensor2D);
        return { outputs: { sum: tf.sum(product) } };
      },
    });
    const inputs = { a: new Float32Array(size * size) };
    await program.run(inputs);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    delay.enable();
    const started = performance.now();
    await program.run(inputs);
    const elapsedMs = performance.now() - started;
    clearInterval(timer);
    delay.disable();
    expect(elapsedMs).to.be.greaterThan(50);
    expect(turns).to.be.greaterThan(3);
    expect(delay.max / 1e6).to.be.lessThan(elapsedMs / 2);
  });

  it("runs elementwise programs in slices, without changing what they give", async () => {
    const backend = await openToy({});
    opened.push(backend);
    const fresh = await backend.compile(gradients(false));
    const apply = await backend.compile(update());
    await fresh.run(toyBatch(1));
    const before = await backend.readState(["parameter/w1", "gradient/w1"]);
    await apply.run({ rate: Float32Array.of(0.5) });
    const after = await backend.readState(["parameter/w1", "optimizer/mean/w1"]);
    const f = Math.fround;
    const expected = before["parameter/w1"]!.data.map((value, i) =>
      f(f(value * f(0.999)) - f(before["gradient/w1"]!.data[i]! * 0.5)),
    );
    expect(after["parameter/w1"]!.data).to.deep.equal(expected);
    expect(after["optimizer/mean/w1"]!.data).to.deep.equal(before["gradient/w1"]!.data);
  });
});

describe("createOnnxBackend", () => {
  it("tells a plan what it computes in, what it needs, and the limit that it was given", async () => {
    const facts = await factsFromPlugin(plugin, ComputePoint, "onnx");
    expect(facts).to.deep.include({ device: "cpu", dtype: "float32", dtypes: ["float32"] });
    expect(facts.processBytes).to.be.within(100e6, 300e6);
    expect(facts.activationPeak).to.be.within(1, 3);
    expect(facts).to.not.have.property("memoryLimitBytes");
    const limited = await factsFromPlugin(plugin, ComputePoint, "onnx", { options: { memoryLimitBytes: 5e9 } });
    expect(limited).to.include({ memoryLimitBytes: 5e9 });
  });

  const defaults = computeOnnxOptions.parse({});

  it("names the devices and element types that there are", async () => {
    const gpu = await failureOf(createOnnxBackend({ ...defaults, device: "tpu" as "cpu" }));
    expect(gpu).to.include({ code: "CODEX_COMPUTE_DEVICE" });
    expect(String(gpu)).to.match(/tpu; it runs on auto, cpu, webgpu, cuda/);
    const half = await failureOf(createOnnxBackend({ ...defaults, dtype: "bfloat16" as "float32" }));
    expect(half).to.include({ code: "CODEX_COMPUTE_DTYPE" });
    expect(String(half)).to.match(/bfloat16; it computes in float32/);
  });

  it("refuses options that make no sense", () => {
    for (const options of [{ threads: 0 }, { memoryLimitBytes: -1 }, { runtime: "fast" }, { colour: "red" }]) {
      expect(computeOnnxOptions.safeParse(options).success, JSON.stringify(options)).to.equal(false);
    }
  });
});
