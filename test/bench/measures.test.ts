import { expect } from "chai";

const load = (name: string) => import(new URL(name, import.meta.url).href);
const { pairwiseRatio, spread, turnsOf } = await load("./statistics.mjs");
const { readFlags, countFlag, oneOf, shareFlag, someOf, switchFlag, UsageError } = await load("./flags.mjs");
const { parseShape, shapes } = await load("./shapes.mjs");
const { trainingFlops } = await load("./training-flops.mjs");
const { bytesMoved, flopsOf, sumOperators } = await load("./operator-costs.mjs");
const { backendOptions } = await load("./open-backend.mjs");

describe("the benchmarks' statistics", () => {
  it("take the median of the pairs' ratios, not the ratio of the medians", () => {
    expect(pairwiseRatio([10, 60, 30], [5, 10, 30])).to.deep.equal({ median: 2, min: 1, max: 6 });
    expect(spread([4, 1, 2, 3])).to.deep.equal({ median: 2.5, min: 1, max: 4 });
    expect(() => pairwiseRatio([1], [1, 2])).to.throw(RangeError);
  });

  it("let everyone go first, and last, equally often", () => {
    const names = ["a", "b", "c"];
    const rounds = Array.from({ length: 6 }, (_, round) => turnsOf(names, round));
    for (const at of [0, 2])
      expect(
        rounds
          .map((turns) => turns[at])
          .sort()
          .join(""),
      ).to.equal("aabbcc");
    for (const turns of rounds) expect([...turns].sort()).to.deep.equal(names);
  });
});

describe("the benchmarks' flags", () => {
  const flags = {
    rounds: countFlag("Rounds.", 5),
    dropout: shareFlag("Share.", 0),
    compute: oneOf(["onnx", "wasm"], "Backend."),
    peers: someOf(["eager", "compile"], "Peers.", ["eager"]),
    "no-native": switchFlag("Stock operators only."),
  };

  it("have defaults and are read", () => {
    const defaults = { rounds: 5, dropout: 0, compute: "onnx", peers: ["eager"], "no-native": false };
    expect(readFlags([], flags)).to.deep.equal(defaults);
    const given = ["--rounds", "2", "--dropout", "0.1", "--compute=wasm", "--peers", "eager,compile", "--no-native"];
    expect(readFlags(given, flags)).to.deep.equal({
      rounds: 2,
      dropout: 0.1,
      compute: "wasm",
      peers: ["eager", "compile"],
      "no-native": true,
    });
  });

  it("are refused when they are unknown or do not fit", () => {
    for (const args of [
      ["--rounds", "1.5"],
      ["--rounds", ""],
      ["--dropout", "1"],
      ["--dropout", ""],
      ["--compute", "gpu"],
      ["--peers", "eager,"],
      ["--no-native=1"],
      ["--speed"],
      ["more"],
    ]) {
      expect(() => readFlags(args, flags), args.join(" ")).to.throw(UsageError);
    }
  });

  it("become a backend's options only where they are given", () => {
    expect(backendOptions({ "no-native": false })).to.deep.equal({});
    expect(backendOptions({ device: "cpu", "no-native": true })).to.deep.equal({ device: "cpu", native: false });
  });
});

describe("the benchmarks' shapes", () => {
  it("are names, with other sizes where wanted", () => {
    expect(parseShape("M")).to.deep.equal(shapes.M);
    expect(parseShape("S+contextLength=128+layerCount=8")).to.deep.equal({
      ...shapes.S,
      contextLength: 128,
      layerCount: 8,
    });
  });

  it("are undefined for what is none", () => {
    for (const text of ["", "XL", "S+", "S+depth=2", "S+layerCount=0", "S+embedDim=130", "toString", "S+toString=1"]) {
      expect(parseShape(text), text).to.equal(undefined);
    }
  });
});

describe("the benchmarks' FLOP", () => {
  it("of a step are GPT-2 124M's by hand for L", () => {
    const parameters = 124_439_808 - 1024 * 768;
    expect(trainingFlops(shapes.L)).to.equal((6 * parameters + 12 * 12 * 256 * 768) * 2 * 256);
  });

  const event = (operator: string, inputs: number[][], output: number[]) => ({
    op_name: operator,
    input_type_shape: inputs.map((shape) => ({ float: shape })),
    output_type_shape: [{ float: output }],
  });

  it("of products are 2 m k n a batch, whatever is transposed", () => {
    expect(flopsOf(event("Gemm", [[3, 5], [5, 7], [7]], [3, 7]))).to.be.closeTo(2 * 3 * 5 * 7, 1e-9);
    expect(
      flopsOf(
        event(
          "Gemm",
          [
            [5, 3],
            [7, 5],
          ],
          [3, 7],
        ),
      ),
    ).to.be.closeTo(2 * 3 * 5 * 7, 1e-9);
    expect(
      flopsOf(
        event(
          "MatMul",
          [
            [4, 3, 5],
            [5, 7],
          ],
          [4, 3, 7],
        ),
      ),
    ).to.be.closeTo(2 * 4 * 3 * 5 * 7, 1e-9);
    const batched = event(
      "FusedMatMul",
      [
        [2, 4, 3, 5],
        [2, 4, 7, 5],
      ],
      [2, 4, 3, 7],
    );
    expect(flopsOf(batched)).to.be.closeTo(2 * 8 * 3 * 5 * 7, 1e-9);
    expect(flopsOf(event("Add", [[3], [3]], [3]))).to.equal(undefined);
    expect(bytesMoved(event("Add", [[3], [3]], [3]))).to.equal(36);
  });

  it("of attention are those of the scores that are not masked", () => {
    const shapeOf = (...shapes: number[][]) => shapes.map((shape) => ({ float: shape }));
    const qkv = [3, 2, 4, 8];
    const statistics = [2, 2, 4, 3];
    const pairs = 2 * 4 * (1 + 2 + 3);
    const forward = { op_name: "CausalAttention", input_type_shape: shapeOf(qkv, qkv, qkv) };
    expect(flopsOf({ ...forward, output_type_shape: shapeOf(qkv, statistics) })).to.equal(2 * (2 * pairs * 8));
    const gradient = shapeOf(qkv, qkv, statistics, qkv, qkv, qkv);
    const backward = { op_name: "CausalAttentionGradient", input_type_shape: gradient };
    expect(flopsOf({ ...backward, output_type_shape: shapeOf(qkv, qkv, qkv) })).to.equal(5 * (2 * pairs * 8));
  });

  it("are summed over the last steps, a session on one of two threads by half", () => {
    const add = event("Add", [[3], [3]], [3]);
    const step = (ts: number, dur: number) => [
      { cat: "Session", name: "model_run", ts, dur },
      { cat: "Node", name: "a_kernel_time", ts: ts + 1, dur, args: add },
    ];
    const sessions = [
      { threads: 2, events: [...step(0, 9000), ...step(10, 1000), ...step(20, 3000)] },
      { threads: 1, events: [0, 5, 10, 15, 20, 25].flatMap((ts) => step(ts, 1000)) },
    ];
    expect(sumOperators(sessions, 2, 3, 2)).to.deep.equal([
      { operator: "Add", calls: 3, ms: 3, flops: undefined, bytes: 108 },
    ]);
  });
});
