import { expect } from "chai";
import { randomFloats } from "codex-nn/testing";
import { float, int } from "#src/ir/value.js";
import { instructionSets, kernelChooser } from "../support/instruction-sets.js";
import { runNativeOperator } from "../support/native-operator.js";

const panel = 64;

const floats = (shape: readonly number[], seed: number) => ({
  shape,
  data: randomFloats(shape, seed).data as Float32Array,
});

/** The matrix [depth, columns] that panels hold. */
function widened(panels: Int32Array, depth: number, columns: number): Float32Array {
  const words = panel + (depth * panel) / 4;
  const matrix = new Float32Array(depth * columns);
  for (let column = 0; column < columns; column++) {
    const own = panels.subarray(Math.floor(column / panel) * words);
    const scale = new Float32Array(own.buffer, own.byteOffset, panel)[column % panel]!;
    const weights = new Int8Array(own.buffer, own.byteOffset + panel * 4, depth * panel);
    for (let k = 0; k < depth; k++) {
      matrix[k * columns + column] = scale * weights[k * panel + (column % panel)]!;
    }
  }
  return matrix;
}

describe("native narrowed weights", () => {
  let choose: (name: string) => number;
  before(async () => {
    choose = await kernelChooser();
  });
  after(() => choose(""));

  for (const set of instructionSets) {
    it(`are within half a step, and products with them right, with ${set} kernels, on 1, 2 and 4 threads`, async function () {
      if (!choose(set)) return this.skip(); // this processor or architecture does not have it
      for (const [rows, columns, depth, transposed] of [
        [1, 130, 67, false],
        [1, 65, 48, true],
        [3, 7, 129, true],
      ] as const) {
        const matrix = floats(transposed ? [columns, depth] : [depth, columns], 2);
        const [a, bias, base] = [floats([rows, depth], 1), floats([columns], 3), floats([rows, columns], 4)];
        const shape = [Math.ceil(columns / panel), panel + (depth * panel) / 4];
        const [panels] = await runNativeOperator({
          op: "Narrow",
          inputs: [matrix],
          outputs: [shape],
          dtype: "int32",
          attributes: { transposed: int(Number(transposed)) },
        });
        const wide = widened(panels!, depth, columns);
        const at = (k: number, column: number) => matrix.data[transposed ? column * depth + k : k * columns + column]!;
        for (let column = 0; column < columns; column++) {
          const largest = Math.max(...Array.from({ length: depth }, (_, k) => Math.abs(at(k, column))));
          for (let k = 0; k < depth; k++) {
            expect(wide[k * columns + column]).to.be.closeTo(at(k, column), (largest / 127) * 0.5001);
          }
        }
        const run = (threads: number) =>
          runNativeOperator({
            op: "NarrowGemm",
            inputs: [a, { shape, data: panels! }, bias, base],
            outputs: [[rows, columns]],
            attributes: { alpha: float(-2), columns: int(columns) },
            threads,
          });
        const [y] = await run(2);
        for (let row = 0; row < rows; row++) {
          for (let column = 0; column < columns; column++) {
            let sum = 0;
            for (let k = 0; k < depth; k++) sum += a.data[row * depth + k]! * wide[k * columns + column]!;
            const expected = -2 * sum + bias.data[column]! + base.data[row * columns + column]!;
            expect(y![row * columns + column]).to.be.closeTo(expected, 5e-5);
          }
        }
        for (const threads of [1, 4]) expect((await run(threads))[0]).to.deep.equal(y);
      }
    });
  }
});
