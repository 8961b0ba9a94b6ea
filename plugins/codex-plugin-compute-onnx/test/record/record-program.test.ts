import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { isCodexError, type Program } from "codex-core";
import { compileGraph } from "#src/compile-graph.js";
import { specs } from "../support/operators-of.js";
import "../support/compare-kernels.js";

function compile(body: Program<tf.Tensor>["body"]) {
  return compileGraph({ name: "probe", state: specs({ w: [2, 3] }), inputs: specs({ x: [1, 4, 4, 1] }), body });
}

function errorOf(body: Program<tf.Tensor>["body"]) {
  try {
    compile(body);
  } catch (error) {
    if (isCodexError(error)) return error;
    throw error;
  }
  throw new Error("compiled");
}

describe("recordProgram", () => {
  it("says why a body cannot read values", () => {
    const read = errorOf(({ w }) => ({ outputs: { y: tf.mul(w!, w!.dataSync()[0]!) } }));
    expect(read.code).to.equal("CODEX_COMPUTE_READ_IN_BODY");
    expect(read.why).to.contain("before any number exists");
  });

  it("names a kernel that it has not, and those that it has", () => {
    const missing = errorOf((_, { x }) => ({ outputs: { y: tf.maxPool(x as tf.Tensor4D, 2, 2, "valid") } }));
    expect(missing.code).to.equal("CODEX_COMPUTE_KERNEL_MISSING");
    expect(missing.what).to.contain("MaxPool");
    expect(missing.why).to.contain("BatchMatMul").and.to.contain("CodexCausalAttention");
  });

  it("names a form of a kernel that it has not", () => {
    const ids = [[0, 1]];
    const form = errorOf((_, { x }) => ({ outputs: { y: tf.gather(x!, tf.tensor(ids, [1, 2], "int32"), 2, 1) } }));
    expect(form.code).to.equal("CODEX_COMPUTE_KERNEL_FORM");
    expect(form.what).to.contain("GatherV2").and.to.contain("batchDims 1");
  });

  it("refuses strings and boolean outputs", () => {
    const text = errorOf(({ w }) => ({ outputs: { y: w!, z: tf.tensor(["a"]) as unknown as tf.Tensor } }));
    expect(text.code).to.equal("CODEX_COMPUTE_DTYPE_IN_BODY");
    const flag = errorOf(({ w }) => ({ outputs: { y: tf.greater(w!, 0) } }));
    expect(flag.code).to.equal("CODEX_COMPUTE_DTYPE_IN_BODY");
  });

  it("gives tfjs-core its backend back, after an error too, and leaves no tensor behind", () => {
    tf.setBackend("cpu");
    const before = tf.memory().numTensors;
    compile(({ w }) => ({ outputs: { y: tf.exp(w!) } }));
    errorOf(({ w }) => ({ outputs: { y: tf.scalar(w!.dataSync()[0]!) } }));
    expect(tf.getBackend()).to.equal("cpu");
    expect(tf.memory().numTensors).to.equal(before);
  });

  it("takes a tensor of another backend as a constant", () => {
    tf.setBackend("cpu");
    const outside = tf.tensor1d([1, 2, 3]);
    const graph = compile(({ w }) => ({ outputs: { y: tf.mul(w!, outside) } }));
    expect(graph.describe().text).to.contain("Mul(@w, [1, 2, 3])");
    expect([...outside.dataSync()]).to.deep.equal([1, 2, 3]);
    outside.dispose();
  });

  it("refuses a tensor that outlived its recording", () => {
    let kept: tf.Tensor | undefined;
    compile(({ w }) => {
      kept = tf.keep(tf.exp(w!));
      return { outputs: { y: kept } };
    });
    const late = errorOf(() => ({ outputs: { y: tf.exp(kept!) } }));
    kept!.dispose();
    expect(late.code).to.equal("CODEX_COMPUTE_NOT_RECORDING");
  });
});
