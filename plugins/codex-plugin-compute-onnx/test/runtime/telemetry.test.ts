import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";

const tensors = import.meta.resolve("@tensorflow/tfjs-core");
const plugin = new URL("../../dist/index.js", import.meta.url).href;

describe("ONNX Runtime's telemetry", () => {
  afterEach(removeTemporaryFolders);

  for (const runtime of ["native-api", "binding"]) {
    it(`is off by ${runtime}: nothing is left in the user's folder, nor in the temporary one`, async () => {
      const folder = await createTemporaryFolder();
      const [home, temporary] = [join(folder, "home"), join(folder, "temporary")];
      for (const path of [home, temporary]) await mkdir(path);
      const script = `
        const { square } = await import(${JSON.stringify(tensors)});
        const { computeOnnxOptions, createOnnxBackend } = await import(${JSON.stringify(plugin)});
        const backend = await createOnnxBackend(computeOnnxOptions.parse({ runtime: "${runtime}", threads: 1 }));
        const spec = { shape: [2], dtype: "float32" };
        const body = (_, { x }) => ({ outputs: { y: square(x) } });
        const program = await backend.compile({ name: "square", state: {}, inputs: { x: spec }, body });
        await program.run({ x: Float32Array.of(1, 2) });
        await backend.dispose();`;
      const { ORT_DISABLE_TELEMETRY: _, ...inherited } = process.env;
      const env = { ...inherited, HOME: home, XDG_CACHE_HOME: join(home, ".cache"), TMPDIR: temporary };
      await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });
      expect(await readdir(home)).to.deep.equal([]);
      expect((await readdir(temporary)).filter((name) => name.startsWith("mat-debug"))).to.deep.equal([]);
    });
  }
});
