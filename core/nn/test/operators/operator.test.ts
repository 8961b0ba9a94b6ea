import {
  getGradient,
  getKernel,
  memory,
  ones,
  registerKernel,
  scalar,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  unregisterKernel,
  valueAndGrads,
  zeros,
} from "@tensorflow/tfjs-core";
import { expect } from "chai";
import {
  cachedAttention,
  causalAttention,
  dropoutMask,
  embedding,
  gelu,
  installOperators,
  layerNorm,
  linear,
  operatorNames,
  rmsNorm,
  rotaryEmbedding,
  swiglu,
  tokenCrossEntropy,
} from "codex-nn";
import { useCpu } from "../support/eager-cpu-backend.js";

const names = [
  "CodexLinear",
  "CodexLayerNorm",
  "CodexLayerNormGrad",
  "CodexGelu",
  "CodexGeluGrad",
  "CodexCausalAttention",
  "CodexCausalAttentionGrad",
  "CodexCachedAttention",
  "CodexTokenCrossEntropy",
  "CodexTokenCrossEntropyGrad",
  "CodexEmbedding",
  "CodexEmbeddingGrad",
  "CodexDropoutMask",
  "CodexSquaredSum",
  "CodexRmsNorm",
  "CodexRmsNormGrad",
  "CodexSwiGlu",
  "CodexSwiGluGrad",
  "CodexRotary",
  "CodexAdamW",
];

describe("operators", () => {
  before(useCpu);

  it("are these kernels", () => {
    expect([...operatorNames()].sort()).to.deep.equal([...names].sort());
  });

  it("get their composed form on a backend that lacks a kernel, and leave its own kernels alone", () => {
    const backendName = "installed-by-test";
    const kernelFunc = () => [];
    registerKernel({ kernelName: "CodexGelu", backendName, kernelFunc });
    expect([...installOperators(backendName)].sort()).to.deep.equal(
      names.filter((name) => name !== "CodexGelu").sort(),
    );
    expect(getKernel("CodexGelu", backendName).kernelFunc).to.equal(kernelFunc);
    expect(installOperators(backendName)).to.deep.equal([]);
    for (const kernelName of names) unregisterKernel(kernelName, backendName);
  });

  it("leave no tensors behind, forwards and backwards", () => {
    const [x, weight, scale] = [ones([3, 5]), ones([5, 4]), ones([4])];
    const ids = tensor1d([0, 2, 2], "int32");
    const before = memory().numTensors;
    const { value, grads } = valueAndGrads((table) => {
      const hidden = gelu(linear(embedding(table!, ids), weight));
      return sum(tokenCrossEntropy(layerNorm(hidden, scale), ids));
    })([x]);
    expect(memory().numTensors - before).to.equal(2);
    value.dispose();
    grads[0]!.dispose();
  });

  it("have tfjs-core's own gradients beside them, in the one engine", () => {
    for (const kernel of ["Add", "BatchMatMul", "GatherV2", "Softmax", "Tanh", "Transpose"]) {
      expect(getGradient(kernel), kernel).to.have.property("gradFunc");
    }
  });

  it("refuse tensors that do not fit, naming what is wrong", () => {
    const wrong: readonly [() => unknown, RegExp][] = [
      [() => linear(ones([2, 3]), ones([4, 5])), /linear got weight of shape \[4, 5\]; it needs \[3, any\]/],
      [() => linear(ones([2, 3]), ones([3, 5]), ones([3])), /linear got bias/],
      [() => layerNorm(ones([2, 3]), ones([2])), /layerNorm got scale of shape \[2\]/],
      [() => rmsNorm(ones([2, 3]), ones([2])), /rmsNorm got scale of shape \[2\]/],
      [() => swiglu(ones([2, 3]), ones([3, 2])), /swiglu got up of shape \[3, 2\]/],
      [() => rotaryEmbedding(ones([2, 1, 1, 3]), zeros([2], "int32")), /heads of 3 elements; it needs an even number/],
      [() => rotaryEmbedding(ones([2, 1, 1, 4]), zeros([3], "int32")), /positions of shape \[3\]/],
      [() => rotaryEmbedding(ones([2, 1, 1, 4]), ones([2])), /positions of dtype float32/],
      [
        () => causalAttention(ones([2, 3]), ones([2, 3]), ones([2, 3])),
        /causalAttention needs q of shape \[T, B, H, D\]/,
      ],
      [() => tokenCrossEntropy(ones([2, 3]), ones([2])), /targetIds of dtype float32; it needs int32/],
      [() => tokenCrossEntropy(ones([2, 3]), zeros([3], "int32")), /targetIds of shape \[3\]/],
      [() => embedding(ones([2, 3]), ones([2])), /ids of dtype float32/],
      [() => dropoutMask(zeros([3], "int32"), { shape: [2], rate: 0.5, site: 0 }), /key of shape \[3\]/],
    ];
    for (const [action, message] of wrong) {
      expect(() => tidy(() => void action()))
        .to.throw(message)
        .with.property("code", "CODEX_NN_SHAPE");
    }
    const [q, cache] = [ones([1, 2, 3, 5]), ones([2, 3, 7, 5])];
    expect(() => cachedAttention(q, q, q, cache, ones([2, 3, 6, 5]), zeros([2], "int32"))).to.throw(/valueCache/);
    expect(() => cachedAttention(q, q, q, cache, cache, zeros([2]))).to.throw(/position of dtype float32/);
    expect(() => cachedAttention(q, q, q, cache, cache, scalar(0, "int32"))).to.throw(/position of shape \[\]/);
  });

  it("refuse dropout rates outside [0, 1)", () => {
    const key = zeros([4], "int32");
    for (const rate of [-0.1, 1, 0.999999, Number.NaN]) {
      expect(() => dropoutMask(key, { shape: [2], rate, site: 0 })).to.throw(/CODEX_NN_ARGUMENT.*rate/);
    }
  });

  it("compute on 2-D inputs of one row", () => {
    const y = linear(tensor2d([[1, 2]]), tensor2d([[3], [4]]), tensor1d([5]));
    expect([...y.dataSync()]).to.deep.equal([16]);
  });
});
