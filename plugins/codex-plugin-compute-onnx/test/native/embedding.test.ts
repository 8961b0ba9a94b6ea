import { expect } from "chai";
import { runNativeOperator } from "../support/native-operator.js";

describe("native gradient of embeddings", () => {
  it("adds rows onto a base, rows of one id too", async () => {
    const inputs = [
      { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { shape: [3], data: Int32Array.of(1, 0, 1) },
      { shape: [3, 2], data: Float32Array.of(10, 20, 30, 40, 50, 60) },
    ];
    const [table] = await runNativeOperator({ op: "EmbeddingGradientOnto", inputs, outputs: [[3, 2]] });
    expect([...table!]).to.deep.equal([13, 24, 36, 48, 50, 60]);
  });
});
