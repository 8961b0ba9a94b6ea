import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import koffi from "koffi";
import { runtimeLibraryPath, runtimePackageFolder } from "#src/runtime/library-path.js";
import { NativeRuntime } from "#src/runtime/native-runtime.js";
import { loadOrtApi } from "#src/runtime/ort-api.js";
import { floats, tinyModel } from "../support/tiny-model.js";

describe("NativeRuntime", () => {
  const api = loadOrtApi(koffi, runtimeLibraryPath(runtimePackageFolder()));
  let runtime: NativeRuntime;
  beforeEach(() => {
    runtime = new NativeRuntime(api);
  });
  afterEach(() => runtime.dispose());

  const add = tinyModel(
    [{ op: "Add", inputs: ["x", "y"], outputs: ["z"] }],
    [floats("x", 4), floats("y", 4)],
    [floats("z", 4)],
  );

  it("runs on our memory, waiting and not", async () => {
    const session = await runtime.createSession(add, { name: "add", threads: 1 });
    const x = Float32Array.of(1, 2, 3, 4);
    const z = new Float32Array(4);
    const tensors = [x, Float32Array.of(10, 20, 30, 40), z].map((data) => runtime.tensor(data, floats("", 4)));
    const run = session.bind(tensors.slice(0, 2), tensors.slice(2));
    await run.run();
    expect([...z]).to.deep.equal([11, 22, 33, 44]);
    x.fill(0);
    run.runBriefly();
    expect([...z]).to.deep.equal([10, 20, 30, 40]);
    for (const tensor of tensors) tensor.dispose();
    await session.dispose();
  });

  it("keeps its library loaded when memory is collected", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const session = await runtime.createSession(add, { name: "add", threads: 1 });
    const tensors = [1, 2, 0].map((value) => runtime.tensor(new Float32Array(4).fill(value), floats("", 4)));
    const run = session.bind(tensors.slice(0, 2), tensors.slice(2));
    for (let i = 0; i < 5; i++) {
      collect();
      await run.run();
    }
    expect([...tensors[2]!.data]).to.deep.equal([3, 3, 3, 3]);
  });

  it("gives back what lies free between operators when it is trimmed, and runs on", async () => {
    const size = 2 ** 20;
    const chain = tinyModel(
      [
        { op: "Add", inputs: ["x", "x"], outputs: ["twice"] },
        { op: "MatMul", inputs: ["twice", "x"], outputs: ["sum"] },
      ],
      [floats("x", size)],
      [{ name: "sum", dtype: "float32", shape: [] }],
    );
    const session = await runtime.createSession(chain, { name: "chain", threads: 1 });
    const x = runtime.tensor(new Float32Array(size).fill(1), floats("x", size));
    const sum = runtime.tensor(new Float32Array(1), { name: "sum", dtype: "float32", shape: [] });
    const run = session.bind([x], [sum]);
    await run.run();
    const before = runtime.arenaBytes()!;
    expect(before).to.be.at.least(4 * size);
    await runtime.trim();
    expect(runtime.arenaBytes()).to.be.at.most(before - 4 * size);
    sum.data[0] = 0;
    await run.run();
    expect([...sum.data]).to.deep.equal([2 * size]);
    for (const tensor of [x, sum]) tensor.dispose();
  });

  it("writes an output over its input", async () => {
    const session = await runtime.createSession(add, { name: "add", threads: 1 });
    const x = Float32Array.of(1, 2, 3, 4);
    const tensor = runtime.tensor(x, floats("x", 4));
    const run = session.bind([tensor, tensor], [tensor]);
    for (let i = 0; i < 3; i++) await run.run();
    expect([...x]).to.deep.equal([8, 16, 24, 32]);
    expect(runtime.arenaBytes()).to.be.a("number");
    tensor.dispose();
  });
});
