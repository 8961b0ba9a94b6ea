import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readSafetensors, writeSafetensors } from "codex-plugin-checkpoint-local/safetensors";
import { runPython } from "../support/interop.js";

describe("safetensors against the format's own Python package", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "codex-safetensors-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("writes files that it reads, scalars and empty tensors too", async () => {
    const file = join(folder, "ours.safetensors");
    await writeSafetensors(file, {
      "h.0.weight": { shape: [2, 3], dtype: "float32", data: Float32Array.of(1, -2, 0.5, 3e38, 1e-45, -0) },
      scalar: { shape: [], dtype: "float32", data: Float32Array.of(7) },
      ids: { shape: [2], dtype: "int32", data: Int32Array.of(-1, 2 ** 31 - 1) },
      empty: { shape: [0, 4], dtype: "float32", data: new Float32Array(0) },
    });
    const read = runPython(
      "import sys,json;from safetensors.numpy import load_file;t=load_file(sys.argv[1]);" +
        "print(json.dumps({n:[list(v.shape),str(v.dtype),v.ravel().tolist()] for n,v in t.items()}))",
      file,
    );
    expect(read).to.deep.equal({
      "h.0.weight": [[2, 3], "float32", [1, -2, 0.5, Math.fround(3e38), Math.fround(1e-45), -0]],
      scalar: [[], "float32", [7]],
      ids: [[2], "int32", [-1, 2 ** 31 - 1]],
      empty: [[0, 4], "float32", []],
    });
  });

  it("reads files that it writes", async () => {
    const file = join(folder, "theirs.safetensors");
    runPython(
      "import sys,numpy as np;from safetensors.numpy import save_file;" +
        "save_file({'a':np.arange(6,dtype=np.float32).reshape(2,3),'b':np.array([5],dtype=np.int32)},sys.argv[1]);print(1)",
      file,
    );
    const { tensors } = await readSafetensors(file);
    expect(tensors.a).to.deep.equal({ shape: [2, 3], dtype: "float32", data: Float32Array.of(0, 1, 2, 3, 4, 5) });
    expect(tensors.b).to.deep.equal({ shape: [1], dtype: "int32", data: Int32Array.of(5) });
  });
});
