import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { causalAttention, gelu, layerNorm, linear } from "codex-nn";
import { compileGraph } from "../../plugins/codex-plugin-compute-onnx/dist/compile-graph.js";
import { runPython } from "../support/interop.js";

describe("emitted ONNX against the onnx package", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "codex-onnx-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("passes the checker, with ports as declared", () => {
    const float32 = (shape: number[]) => ({ shape, dtype: "float32" as const });
    const graph = compileGraph({
      name: "checked",
      state: { weight: float32([8, 24]), scale: float32([8]), bias: float32([8]) },
      inputs: { x: float32([6, 8]) },
      body(state: Record<string, tf.Tensor>, inputs: Record<string, tf.Tensor>) {
        const normed = layerNorm(inputs.x!, state.scale!, state.bias!, 1e-5);
        const heads = tf.split(linear(normed, state.weight!), 3, 1).map((part) => tf.reshape(part, [3, 2, 2, 4]));
        const y = causalAttention(heads[0]!, heads[1]!, heads[2]!);
        return { outputs: { y: gelu(y) } };
      },
    });
    if (graph.kind !== "session") throw new Error("The program should be a session.");
    const file = join(folder, "checked.onnx");
    writeFileSync(file, graph.model.bytes);
    const checked = runPython(
      "import sys,json,onnx;m=onnx.load(sys.argv[1]);onnx.checker.check_model(m);" +
        "print(json.dumps({'opset':{o.domain:o.version for o in m.opset_import},'inputs':len(m.graph.input)," +
        "'output':[d.dim_value for d in m.graph.output[0].type.tensor_type.shape.dim]}))",
      file,
    );
    expect(checked).to.deep.equal({ opset: { "": 18, "com.microsoft": 1 }, inputs: 4, output: [3, 2, 2, 4] });
  });
});
