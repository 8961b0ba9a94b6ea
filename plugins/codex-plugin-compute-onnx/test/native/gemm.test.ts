import { expect } from "chai";
import { randomFloats } from "codex-nn/testing";
import koffi from "koffi";
import type { Attributes } from "#src/ir/value.js";
import { float, int } from "#src/ir/value.js";
import { defaultCompiler, findLibrary, packageFolder } from "#src/native/find-library.js";
import { runNativeOperator } from "../support/native-operator.js";

interface Case {
  readonly sizes: readonly [rows: number, columns: number, depth: number];
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  readonly bias?: boolean;
  readonly base?: boolean;
  readonly gelu?: boolean;
}

const gelu = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

function inputsOf({ sizes: [rows, columns, depth], transA, transB, bias, base }: Case) {
  const floats = (shape: readonly number[], seed: number) => ({
    shape,
    data: randomFloats(shape, seed).data as Float32Array,
  });
  return [
    floats(transA ? [depth, rows] : [rows, depth], 1),
    floats(transB ? [columns, depth] : [depth, columns], 2),
    bias ? floats([columns], 3) : undefined,
    base ? floats([rows, columns], 4) : undefined,
  ] as const;
}

/** The product in float64, before GELU. */
function expected(test: Case): Float64Array {
  const { sizes, transA, transB, alpha = 1 } = test;
  const [rows, columns, depth] = sizes;
  const [a, b, bias, base] = inputsOf(test);
  const y = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        sum += a.data[transA ? k * rows + i : i * depth + k]! * b.data[transB ? j * depth + k : k * columns + j]!;
      }
      y[i * columns + j] = alpha * sum + (bias?.data[j] ?? 0) + (base?.data[i * columns + j] ?? 0);
    }
  }
  return y;
}

async function run(test: Case, threads = 2): Promise<Float32Array[]> {
  const { sizes, transA = false, transB = false, alpha = 1 } = test;
  const shape = [sizes[0], sizes[1]];
  const attributes: Attributes = { transA: int(Number(transA)), transB: int(Number(transB)), alpha: float(alpha) };
  const [op, inputs, outputs] = test.gelu
    ? ["GemmGelu", inputsOf(test).slice(0, 3), [shape, shape]]
    : ["Gemm", inputsOf(test), [shape]];
  return runNativeOperator({ op: op as string, inputs, outputs: outputs as number[][], attributes, threads });
}

const cases: readonly Case[] = [
  ...[1, 3, 13, 15, 31].map((size) => ({ sizes: [size, size + 2, size] as const, bias: true })),
  { sizes: [14, 32, 384], transB: true },
  { sizes: [57, 33, 385], base: true, alpha: 0.5 },
  { sizes: [57, 65, 17], transA: true, bias: true, base: true },
  { sizes: [61, 1, 67], transA: true, transB: true },
  { sizes: [300, 130, 770], bias: true, base: true },
  { sizes: [1801, 70, 33], bias: true },
  { sizes: [33, 300, 1031], transA: true },
  { sizes: [30, 2100, 20], transB: true, base: true, alpha: -2 },
  { sizes: [59, 257, 401], gelu: true, bias: true },
  { sizes: [1, 5, 3], gelu: true },
  { sizes: [1, 1601, 1100], bias: true },
  { sizes: [1, 801, 600], transB: true },
  { sizes: [4, 770, 530], bias: true, base: true, alpha: 2 },
  { sizes: [4, 33, 70], transA: true, gelu: true },
];

describe("native matrix products", () => {
  let choose: (name: string) => number;

  before(async () => {
    const found = await findLibrary({ packageFolder, compiler: defaultCompiler() });
    if (!("path" in found)) throw new Error(found.missing);
    choose = koffi.load(found.path).func("codex_native_choose", "int", ["const char *"]) as typeof choose;
  });

  after(() => choose(""));

  const wanted = new Map(cases.map((test) => [test, expected(test)]));

  for (const set of ["avx512", "avx2", "neon", "portable"]) {
    it(`equal float64 with ${set} kernels, at all sizes and in all forms, the same bits on 1, 2 and 4 threads`, async function () {
      if (!choose(set)) this.skip(); // this processor or architecture does not have it
      for (const test of cases) {
        const what = JSON.stringify(test);
        const [y, before] = await run(test);
        const exact = wanted.get(test)!;
        const within = 3e-6 * Math.sqrt(test.sizes[2]) * Math.max(1, Math.abs(test.alpha ?? 1));
        let furthest = 0;
        for (let i = 0; i < exact.length; i++) {
          furthest = Math.max(furthest, Math.abs(y![i]! - (test.gelu ? gelu(exact[i]!) : exact[i]!)));
          if (before) furthest = Math.max(furthest, Math.abs(before[i]! - exact[i]!));
        }
        expect(furthest, what).to.be.lessThan(Math.max(within, 2e-6));
        if (test.sizes[0] < 57 && test.sizes[0] > 4) continue;
        for (const threads of [1, 4]) {
          const [again] = await run(test, threads);
          expect(Buffer.compare(bytes(again!), bytes(y!)), `${what}, ${threads} threads`).to.equal(0);
        }
      }
    });
  }

  it("add an embedding's rows to the product and its base, rows of one id too", async () => {
    const test: Case = { sizes: [70, 33, 90], transA: true, base: true, alpha: 0.5 };
    const [rows, columns] = test.sizes;
    const [a, b, , base] = inputsOf(test);
    const ids = Int32Array.from([3, 69, 3, 0, 3]);
    const dy = { shape: [ids.length, columns], data: randomFloats([ids.length, columns], 5).data as Float32Array };
    const exact = expected(test);
    for (const [n, id] of ids.entries()) {
      for (let j = 0; j < columns; j++) exact[id * columns + j]! += dy.data[n * columns + j]!;
    }
    const attributes = { transA: int(1), transB: int(0), alpha: float(0.5) };
    const inputs = [a, b, base, dy, { shape: [ids.length], data: ids }];
    const [y, again] = await Promise.all(
      [2, 1].map(async (threads) => {
        const [sum] = await runNativeOperator({
          op: "GemmWithRows",
          inputs,
          outputs: [[rows, columns]],
          attributes,
          threads,
        });
        return sum!;
      }),
    );
    for (const [index, value] of y!.entries()) expect(value).to.be.closeTo(exact[index]!, 3e-5);
    expect(Buffer.compare(bytes(again!), bytes(y!))).to.equal(0);
  });

  it("let what is not finite through, and no further than its row or column", async () => {
    const [rows, columns, depth] = [20, 40, 7];
    const a = new Float32Array(rows * depth).fill(1e4);
    const b = new Float32Array(depth * columns).fill(1e-42);
    a[3 * depth + 2] = Number.NaN;
    b[4 * columns + 39] = Number.POSITIVE_INFINITY;
    const [y] = await runNativeOperator({
      op: "Gemm",
      inputs: [
        { shape: [rows, depth], data: a },
        { shape: [depth, columns], data: b },
      ],
      outputs: [[rows, columns]],
      attributes: { transA: int(0), transB: int(0), alpha: float(1) },
    });
    for (const [index, value] of y!.entries()) {
      const [row, column] = [Math.floor(index / columns), index % columns];
      if (row === 3) expect(value).to.be.NaN;
      else if (column === 39) expect(value).to.equal(Number.POSITIVE_INFINITY);
      else expect(value).to.be.closeTo(7e-38, 1e-40);
    }
  });
});

const bytes = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
