import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { ComputePoint } from "codex-core";
import {
  createFromPlugin,
  createTemporaryFolder,
  factsFromPlugin,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin, { createTensorflowBackend } from "codex-plugin-compute-tensorflow";
import { runtimeFolder } from "#src/runtime-folder.js";

const run = promisify(execFile);

describe("the tensorflow backend, where TensorFlow is not installed", () => {
  const before = process.env.XDG_CACHE_HOME;

  beforeEach(async () => {
    process.env.XDG_CACHE_HOME = await createTemporaryFolder();
  });

  afterEach(async () => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    await removeTemporaryFolders();
  });

  it("says which command installs it", async () => {
    const error = await rejection(() => createTensorflowBackend(), "CODEX_COMPUTE_RUNTIME_MISSING");
    expect(error.fix).to.include("`codex compute install tensorflow`");
    expect(error.where).to.include(process.env.XDG_CACHE_HOME!);
    const gpu = await rejection(() => createTensorflowBackend({ device: "cuda" }), "CODEX_COMPUTE_RUNTIME_MISSING");
    expect(gpu.fix).to.include("`codex compute install tensorflow --gpu`");
    await createFromPlugin(plugin, ComputePoint, "tensorflow").then(
      () => expect.fail("it was made"),
      (failure: Error) => expect(String(failure)).to.include("codex compute install tensorflow"),
    );
  });

  it("says when what is installed cannot be loaded", async () => {
    const folder = runtimeFolder("cpu", process.env);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "installed.json"), JSON.stringify({ recipe: 1, tensorflow: "2.15.1" }));
    const error = await rejection(() => createTensorflowBackend(), "CODEX_COMPUTE_RUNTIME_MISSING");
    expect(error.what).to.include("cannot be loaded");
    expect(error.fix).to.include("remove");
  });

  it("does not take an installation that did not end, or was made in another way", async () => {
    const folder = runtimeFolder("cpu", process.env);
    mkdirSync(folder, { recursive: true });
    for (const stamp of ["", JSON.stringify({ recipe: 0, tensorflow: "2.15.1" })]) {
      writeFileSync(join(folder, "installed.json"), stamp);
      const error = await rejection(() => createTensorflowBackend(), "CODEX_COMPUTE_RUNTIME_MISSING");
      expect(error.what).to.include("not installed");
    }
  });

  it("says which devices and dtypes it has when another is asked for", async () => {
    const device = await rejection(() => createTensorflowBackend({ device: "tpu" as "cpu" }), "CODEX_COMPUTE_DEVICE");
    expect(device.what).to.include("tpu").and.include("cuda");
    const dtype = () => createTensorflowBackend({ dtype: "bfloat16" as "float32" });
    expect((await rejection(dtype, "CODEX_COMPUTE_DTYPE")).what).to.include("float32");
  });

  it("tells a plan what it computes in", async () => {
    const facts = await factsFromPlugin(plugin, ComputePoint, "tensorflow");
    expect(facts).to.deep.equal({ dtype: "float32", dtypes: ["float32"] });
    const cuda = await factsFromPlugin(plugin, ComputePoint, "tensorflow", {
      options: { device: "cuda", memoryLimitBytes: 1e9 },
    });
    expect(cuda).to.include({ device: "cuda", memoryLimitBytes: 1e9 });
  });

  it("has an installer that loads without a tensor library", async () => {
    const installer = import.meta.resolve("#src/installer/tensorflow-installer.js");
    const script = `
      import { createRequire } from "node:module";
      const { default: installer } = await import(${JSON.stringify(installer)});
      const states = await installer.states({ XDG_CACHE_HOME: "/nowhere" });
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes("tensorflow/tfjs"));
      console.log(JSON.stringify([states.map(({ status }) => status), loaded]));
    `;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(JSON.parse(stdout)).to.deep.equal([["absent", "absent"], []]);
  });
});
