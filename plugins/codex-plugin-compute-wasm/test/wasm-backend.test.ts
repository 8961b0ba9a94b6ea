import { execFile } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { ComputePoint } from "codex-core";
import {
  createFromPlugin,
  createTemporaryFolder,
  factsFromPlugin,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin, { createWasmBackend } from "codex-plugin-compute-wasm";

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const scalar = { shape: [], dtype: "float32" } as const;

describe("the wasm backend", () => {
  after(removeTemporaryFolders);

  it("is what the plugin provides, with its options' defaults", async () => {
    const backend = await createFromPlugin(plugin, ComputePoint, "wasm");
    expect(backend.device).to.include({ kind: "cpu", threads: 1 });
    expect(backend.device.runtime).to.match(/^tfjs-backend-wasm \d+\.\d+\.\d+$/);
    expect(backend.device.instructionSet).to.match(/^wasm/);
    await backend.dispose();
  });

  it("tells a plan what it computes in, and leaves its memory unknown", async () => {
    const facts = await factsFromPlugin(plugin, ComputePoint, "wasm");
    expect(facts).to.deep.equal({ device: "cpu", dtype: "float32", dtypes: ["float32"] });
    const limited = await factsFromPlugin(plugin, ComputePoint, "wasm", { options: { memoryLimitBytes: 1e9 } });
    expect(limited).to.include({ memoryLimitBytes: 1e9 });
  });

  it("says which devices and dtypes it has when another is asked for", async () => {
    const device = await rejection(() => createWasmBackend({ device: "cuda" as "cpu" }), "CODEX_COMPUTE_DEVICE");
    expect(device.what).to.include("cuda").and.to.include("auto or cpu");
    const dtype = await rejection(() => createWasmBackend({ dtype: "bfloat16" as "float32" }), "CODEX_COMPUTE_DTYPE");
    expect(dtype.what).to.include("bfloat16").and.to.include("float32");
    const settings = { options: { device: "webgpu" } };
    const refused = await createFromPlugin(plugin, ComputePoint, "wasm", settings).catch((error: Error) => error);
    expect(String(refused)).to.match(/device.*"auto"\|"cpu"/);
  });

  it("keeps as many tensors after many runs as after the first, and none when disposed", async () => {
    const before = tf.memory().numTensors;
    const backend = await createWasmBackend();
    const program = await backend.compile({
      name: "train",
      state: { w: { shape: [3, 5], dtype: "float32" }, old: { shape: [3, 5], dtype: "float32" } },
      inputs: { x: { shape: [7, 3], dtype: "float32" } },
      body: ({ w }, { x }) => {
        const loss = (weight: tf.Tensor) => tf.sum(tf.square(tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D)));
        const { value, grad } = tf.valueAndGrad(loss)(w!);
        return { state: { w: tf.sub(w!, tf.mul(grad, 0.01)), old: w! }, outputs: { loss: value, w: w! } };
      },
    });
    const inputs = { x: Float32Array.from({ length: 21 }, (_, index) => Math.sin(index)) };
    await backend.writeState({ w: { shape: [3, 5], dtype: "float32", data: new Float32Array(15).fill(1) } });
    await program.run(inputs);
    const resident = tf.memory();
    for (let step = 0; step < 20; step += 1) await program.run(inputs);
    await backend.readState(["w", "old"]);
    expect(tf.memory().numTensors)
      .to.equal(resident.numTensors)
      .and.to.equal(before + 2);
    expect(tf.memory().numBytes).to.equal(resident.numBytes);
    await backend.dispose();
    expect(tf.memory().numTensors).to.equal(before);
    await rejection(() => backend.readState(["w"]), "CODEX_COMPUTE_DISPOSED");
    await rejection(() => program.run(inputs), "CODEX_COMPUTE_DISPOSED");
  });

  it("keeps nothing of a body that throws", async () => {
    const backend = await createWasmBackend();
    const program = await backend.compile({
      name: "throws",
      state: {},
      inputs: {},
      body: () => {
        tf.ones([5]);
        throw new RangeError("thrown by the test");
      },
    });
    const before = tf.memory().numTensors;
    expect(await program.run({}).catch(String)).to.include("thrown by the test");
    expect(tf.memory().numTensors).to.equal(before);
    await backend.dispose();
  });

  it("runs kernels that only plain JavaScript has", async () => {
    const backend = await createWasmBackend();
    const program = await backend.compile({
      name: "fallback",
      state: {},
      inputs: { x: { shape: [2, 3], dtype: "float32" } },
      body: (_, { x }) => ({
        outputs: {
          angle: tf.atan2(x!, tf.onesLike(x!)),
          product: tf.einsum("ij,kj->ik", x!, x!),
          segments: tf.unsortedSegmentSum(x!, tf.tensor1d([1, -1], "int32"), 3),
        },
      }),
    });
    const before = tf.memory().numTensors;
    const { angle, product, segments } = await program.run({ x: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(angle![0]).to.be.closeTo(Math.PI / 4, 1e-6);
    expect([...product!]).to.deep.equal([14, 32, 32, 77]);
    expect([...segments!]).to.deep.equal([0, 0, 0, 1, 2, 3, 0, 0, 0]);
    expect(tf.memory().numTensors).to.equal(before);
    await backend.dispose();
  });

  it("leaves tfjs's current backend as it was", async () => {
    await tf.setBackend("cpu");
    const backend = await createWasmBackend();
    const used: string[] = [];
    const program = await backend.compile({
      name: "where",
      state: { w: scalar },
      inputs: {},
      body: ({ w }) => {
        used.push(tf.getBackend());
        return { state: { w: tf.add(w!, 1) }, outputs: {} };
      },
    });
    await program.run({});
    expect(used).to.deep.equal(["wasm"]);
    expect(tf.getBackend()).to.equal("cpu");
    expect((await backend.readState(["w"])).w!.data[0]).to.equal(1);
    await backend.dispose();
    await tf.setBackend("wasm");
  });

  it("prints nothing, takes no process events, and works from a folder with spaces", async () => {
    const folder = join(await createTemporaryFolder(), "a folder with spaces");
    const root = join(packageFolder, "..", "..", "node_modules");
    const modules = join(folder, "node_modules");
    await mkdir(join(modules, "@tensorflow"), { recursive: true });
    await cp(packageFolder, join(modules, "codex-plugin-compute-wasm"), { recursive: true });
    const wasm = "@tensorflow/tfjs-backend-wasm";
    await cp(join(root, wasm), join(modules, wasm), { recursive: true });
    const links = [
      "@tensorflow/tfjs-backend-cpu",
      "@tensorflow/tfjs-core",
      "codex-core",
      "codex-nn",
      "zod",
      "seedrandom",
    ];
    for (const name of links) await symlink(join(root, name), join(modules, name));
    const script = `
      import * as tf from "@tensorflow/tfjs-core";
      import { createWasmBackend } from "codex-plugin-compute-wasm";
      const backend = await createWasmBackend();
      const body = () => ({ outputs: { y: tf.atan2(tf.add(tf.ones([3]), 1), tf.ones([3])) } });
      const program = await backend.compile({ name: "p", state: {}, inputs: {}, body });
      await program.run({});
      const listeners = ["uncaughtException", "unhandledRejection"].map((name) => process.listenerCount(name));
      process.stdout.write(JSON.stringify(listeners));
    `;
    const options = { cwd: folder, env: { ...process.env, NODE_OPTIONS: "" } };
    const result = await run(process.execPath, ["--preserve-symlinks", "--input-type=module", "-e", script], options);
    expect(result).to.deep.equal({ stdout: "[0,0]", stderr: "" });
  });
});
