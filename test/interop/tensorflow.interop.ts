import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { createAdamW } from "codex-nn";
import { describeBackend, describeCoreOperators, describeOperators } from "codex-nn/testing";
import { createTensorflowBackend } from "codex-plugin-compute-tensorflow";
import { createTraining } from "../bench/training.mjs";
import { describeShortMemory } from "../support/describe-short-memory.js";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

/** tfjs-node's backend, as far as it is looked into here. */
interface NodeBackend {
  readonly binding: { getNumOfTensors(): number };
}

describe("TensorFlow, installed by `codex compute install`", () => {
  let project: ScratchProject;

  before(async () => {
    project = new ScratchProject();
    const { code, stderr } = await project.codex(["compute", "install", "tensorflow"]);
    expect(code, stderr).to.equal(0);
  });

  after(() => project.dispose());

  describeBackend("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
  describeOperators("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
  describeCoreOperators("tensorflow", () => createTensorflowBackend({ device: "cpu" }));

  const shape = { layerCount: 2, headCount: 3, embedDim: 48, contextLength: 16, microBatch: 4, vocabSize: 65 };
  /** Tensors that TensorFlow holds, those that tfjs does not know of too. */
  const held = () => (tf.findBackend("tensorflow") as unknown as NodeBackend).binding.getNumOfTensors();

  it("holds no more tensors after a hundred steps than after two", async () => {
    const backend = await createTensorflowBackend({ device: "cpu" });
    const training = await createTraining({ shape, backend });
    for (let step = 0; step < 2; step += 1) await training.next();
    const before = held();
    for (let step = 0; step < 100; step += 1) await training.next();
    expect(held()).to.equal(before);
    await training.dispose();
    await backend.dispose();
  });

  it("makes reading an error, of state that AdamW has written over, and writes in a copy where memory is shared", async () => {
    const backend = await createTensorflowBackend({ device: "cpu" });
    const spec = { shape: [2, 2], dtype: "float32" } as const;
    const optimizer = createAdamW();
    const scalars = optimizer.scalars(0, 0.1);
    const scalar = { shape: [], dtype: "float32" } as const;
    const inputs = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]));
    const program = (kept: boolean) =>
      backend.compile({
        name: "update",
        state: { w: spec, m: spec, v: spec },
        inputs: Object.fromEntries(Object.keys(scalars).map((name) => [name, scalar])),
        body({ w, m, v }, given) {
          const copy = kept && tf.clone(w!);
          const slots = { exp_avg: m!, exp_avg_sq: v! };
          const next = optimizer.update("w", { parameter: w!, slots }, tf.ones([2, 2]), given);
          const outputs = { before: tf.mul(copy || w!, 1), after: tf.mul(next.parameter, 1) };
          return { state: { w: next.parameter, m: next.slots.exp_avg!, v: next.slots.exp_avg_sq! }, outputs };
        },
      });
    const values = () => ({ ...spec, data: Float32Array.of(1, 2, 3, 4) });
    await backend.writeState({ w: values() });
    const { before, after } = await (await program(true)).run(inputs);
    expect([...before!]).to.deep.equal([1, 2, 3, 4]);
    expect(after![0]).to.be.closeTo(1 - 0.1 * 0.1 - 0.1, 1e-6);
    const refused = await (await program(false)).run(inputs).catch((error: Error) => error.message);
    expect(refused).to.match(/Tensor ID not referenced/);
    await backend.dispose();
  });

  describe("with too little memory for a training", () => {
    describeShortMemory({
      from: "codex-plugin-compute-tensorflow",
      create: 'createTensorflowBackend({ device: "cpu", memoryLimitBytes: bytes })',
      // Between 2.5 and 4.4 MB.
      bytes: 3_400_000,
    });
  });

  it("frees what a run had made that memory was short for, and says who refused it", async () => {
    const many = (count: number) => ({
      name: `many ${count}`,
      state: {},
      inputs: {},
      body() {
        let x: tf.Tensor = tf.fill([1_000_000], 1);
        const all = Array.from({ length: count }, () => {
          x = tf.add(x, 1);
          return x;
        });
        return { outputs: { y: tf.mean(all.at(-1)!) } };
      },
    });
    const backend = await createTensorflowBackend({ device: "cpu", memoryLimitBytes: 50e6 });
    const failureOf = async (count: number) =>
      (await backend.compile(many(count))).run({}).then(
        () => expect.fail("there was memory"),
        (error: unknown) => error,
      );
    await (await backend.compile(many(2))).run({});
    const before = held();
    const limited = await failureOf(20);
    expect(limited).to.include({ code: "CODEX_COMPUTE_MEMORY", where: "compute.memoryLimitBytes" });
    expect(String(limited)).to.match(/The program many 20 .* 4000000 bytes, 52\d{6} in all; the limit is 50000000/);
    expect(held()).to.equal(before);
    const { y } = await (await backend.compile(many(8))).run({});
    expect(y![0]).to.equal(9);

    const state = { held: { shape: [20_000_000], dtype: "float32" } } as const;
    const stateful = backend.compile({ name: "stateful", state, inputs: {}, body: () => ({ outputs: {} }) });
    const refused = await stateful.then(() => undefined).catch((error: unknown) => error);
    expect(refused).to.include({ code: "CODEX_COMPUTE_MEMORY", where: "compute.memoryLimitBytes" });
    expect(held()).to.equal(before);
    await backend.dispose();
  });

  it("tells that TensorFlow's own allocator has no memory", async () => {
    const backend = await createTensorflowBackend({ device: "cpu" });
    const body = () => ({ outputs: { y: tf.sum(tf.fill([1e6, 1e6], 1)) } });
    const program = await backend.compile({ name: "huge", state: {}, inputs: {}, body });
    const refused = await program.run({}).catch((error: unknown) => error);
    expect(refused).to.include({ code: "CODEX_COMPUTE_MEMORY", where: "huge" });
    expect(String(refused)).to.match(/OOM when allocating tensor with shape\[1000000,1000000\]/);
    await backend.dispose();
  });

  it("is not harmed by signals that come while it multiplies", async () => {
    const script = `
      import { tidy } from "@tensorflow/tfjs-core";
      import { linear } from "codex-nn";
      import { createTensorflowBackend } from "codex-plugin-compute-tensorflow";
      let signals = 0;
      process.on("SIGWINCH", () => { signals += 1; });
      const backend = await createTensorflowBackend({ device: "cpu" });
      const inputs = { a: { shape: [768, 128], dtype: "float32" }, b: { shape: [128, 384], dtype: "float32" } };
      const body = (_, { a, b }) => {
        for (let i = 0; i < 100; i += 1) tidy(() => void linear(a, b));
        return { outputs: { y: linear(a, b) } };
      };
      const program = await backend.compile({ name: "products", state: {}, inputs, body });
      const [a, b] = [new Float32Array(768 * 128).fill(1), new Float32Array(128 * 384).fill(1)];
      console.log("ready");
      while (signals < 500) await program.run({ a, b });
      console.log("done");
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: repositoryRoot });
    let stdout = "";
    let sending: NodeJS.Timeout | undefined;
    child.stdout.on("data", (text) => {
      stdout += text;
      sending ??= setInterval(() => child.kill("SIGWINCH"), 1);
    });
    const [code, signal] = await once(child, "exit");
    clearInterval(sending);
    expect({ stdout, code, signal }).to.deep.equal({ stdout: "ready\ndone\n", code: 0, signal: null });
  });

  async function losses(type: string): Promise<number[]> {
    const sizes = [
      "schedule.warmupSteps=2",
      "checkpoint.every=20",
      "trainer.maxSteps=20",
      "trainer.evalEvery=20",
      "trainer.microBatch=4",
    ];
    const where = ["--output-dir", `runs-${type}`, `compute.type=${type}`];
    const { code, stderr } = await project.codex(["train", "--config", "quickstart", ...where, ...sizes]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal("");
    const metrics = readFileSync(join(project.folder, `runs-${type}`, "metrics.ndjson"), "utf8");
    const rows = metrics
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return rows.flatMap((row) => row["train/loss"] ?? []);
  }

  it("trains to the losses of the compiled engine", async () => {
    const expected = await losses("onnx");
    const found = await losses("tensorflow");
    expect(found).to.have.length(expected.length).and.length.above(0);
    const distances = found.map((loss, index) => Math.abs(loss / expected[index]! - 1));
    expect(Math.max(...distances)).to.be.below(1e-5);
  });
});
