import { expect } from "chai";
import { runNativeOperator } from "../support/native-operator.js";

const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const slope = (x: number) => {
  const u = Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
  return 0.5 * (1 + Math.tanh(u)) + 0.5 * x * (1 - Math.tanh(u) ** 2) * Math.sqrt(2 / Math.PI) * (1 + 0.134145 * x * x);
};

describe("native GELU", () => {
  for (const size of [1, 3, 15, 16, 17, 31, 127, 16384, 16385, 50021]) {
    it(`of ${size} elements equals its formula in float64, and so does its gradient`, async () => {
      const x = Float32Array.from({ length: size }, (_, index) => ((index * 37) % 2001) / 100 - 10);
      const dy = x.map((_, index) => ((index * 13) % 7) - 3);
      const shape = [size];
      const [y] = await runNativeOperator({ op: "Gelu", inputs: [{ shape, data: x }], outputs: [shape] });
      const inputs = [dy, x].map((data) => ({ shape, data }));
      const [dx] = await runNativeOperator({ op: "GeluGradient", inputs, outputs: [shape] });
      for (const [index, value] of x.entries()) {
        expect(y![index], `gelu(${value})`).to.be.closeTo(gelu(value), 2e-6 * Math.max(1, Math.abs(value)));
        expect(dx![index], `slope at ${value}`).to.be.closeTo(dy[index]! * slope(value), 1e-5);
      }
    });
  }

  it("keeps what is extreme", async () => {
    const data = Float32Array.of(1e4, -1e4, 0, -0, 1e-40, Number.NaN);
    const [y] = await runNativeOperator({ op: "Gelu", inputs: [{ shape: [6], data }], outputs: [[6]] });
    expect(y![0]).to.equal(1e4);
    expect(y![1]).to.be.closeTo(0, 1e-30);
    expect(Array.from(y!.subarray(2, 4))).to.deep.equal([0, -0]);
    expect(y![4]).to.be.closeTo(5e-41, 1e-43);
    expect(y![5]).to.be.NaN;
  });
});
