import { expect } from "chai";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { trainTinyGpt } from "../support/tiny-gpt.js";

async function trained(options: { native: boolean; runtime?: "native-api" | "binding"; threads?: number }) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse({ threads: 2, runtime: "native-api", ...options }));
  try {
    return await trainTinyGpt(backend, { steps: 3, microSteps: 2, clipNorm: 0.5 });
  } finally {
    await backend.dispose();
  }
}

describe("training on native operators", () => {
  it("follows stock operators within 1e-5, in losses and gradients, where gradients accumulate too", async () => {
    const [native, stock] = [await trained({ native: true }), await trained({ native: false })];
    for (const [index, loss] of native.losses.entries()) {
      expect(Math.abs(loss / stock.losses[index]! - 1), `loss ${index}`).to.be.lessThan(1e-5);
    }
    for (const [name, { data }] of Object.entries(native.state).filter(([name]) => name.startsWith("gradient/"))) {
      const other = stock.state[name]!.data;
      let furthest = 0;
      let largest = 0;
      for (let i = 0; i < data.length; i++) {
        furthest = Math.max(furthest, Math.abs(data[i]! - other[i]!));
        largest = Math.max(largest, Math.abs(other[i]!));
      }
      expect(furthest / largest, name).to.be.lessThan(1e-4); // after two updates each
    }
  });

  it("gives the same bits run twice, and on 1 and 4 threads", async () => {
    const first = await trained({ native: true });
    for (const threads of [2, 1, 4])
      expect((await trained({ native: true, threads })).losses).to.deep.equal(first.losses);
  });
});
