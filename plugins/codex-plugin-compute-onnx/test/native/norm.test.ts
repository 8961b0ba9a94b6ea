import { assertClose, randomFloats } from "codex-nn/testing";
import { runNativeOperator } from "../support/native-operator.js";

const [rows, width] = [5, 19];

const floats = (shape: readonly number[], seed: number) => ({
  shape,
  data: Float32Array.from(randomFloats(shape, seed).data),
});

describe("native gradients of norms", () => {
  for (const [op, statisticsCount] of [["LayerNormGradient", 2] as const, ["RmsNormGradient", 1] as const]) {
    it(`${op} adds what comes by the residual`, async () => {
      const statistics = [4, 5].slice(0, statisticsCount).map((seed) => floats([rows, 1], seed));
      const inputs = [floats([rows, width], 1), floats([rows, width], 2), floats([width], 3), ...statistics];
      const added = floats([rows, width], 6);
      const outputs = [[rows, width], ...Array(statisticsCount).fill([width])];
      const [alone] = await runNativeOperator({ op, inputs: [...inputs, undefined], outputs });
      const [together] = await runNativeOperator({ op, inputs: [...inputs, added], outputs });
      const expected = alone!.map((value, index) => value + added.data[index]!);
      assertClose(together!, expected, { relative: 1e-6, ofLargest: 1e-6 }, "dx");
    });
  }
});
