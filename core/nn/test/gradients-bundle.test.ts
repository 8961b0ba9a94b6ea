import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import "codex-nn";
import { useCpu } from "./support/eager-cpu-backend.js";

const bundle = fileURLToPath(new URL("../dist/gradients.js", import.meta.url));
const core = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core"));

describe("the gradients bundle", () => {
  before(useCpu);

  it("takes tfjs-core's engine, registries and classes from tfjs-core itself", async () => {
    const text = await readFile(bundle, "utf8");
    expect(text).to.include('from "@tensorflow/tfjs-core"');
    expect(text).not.to.match(/class (Engine|Environment|Tensor)|new Map\(\)|registerFlag/);
  });

  it("registers every gradient that tfjs-core has", async () => {
    const folder = join(core, "gradients");
    const files = (await readdir(folder)).filter((file) => file.endsWith("_grad.js"));
    const constants = tf as unknown as Record<string, string>;
    for (const file of files) {
      const [, constant] = /kernelName: (\w+)/.exec(await readFile(join(folder, file), "utf8")) ?? [];
      expect(tf.getGradient(constants[constant!]!), file).to.have.property("gradFunc");
    }
    expect(files.length).to.be.above(95);
  });

  it("computes gradients with the helpers that it copies", () => {
    const image = tf.ones([1, 4, 4, 1]) as tf.Tensor4D;
    const filter = tf.ones([3, 3, 1, 1]) as tf.Tensor4D;
    const [dImage, dFilter] = tf.grads((x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"))([
      image,
      filter,
    ]);
    expect([...dImage!.dataSync()].slice(0, 4)).to.deep.equal([4, 6, 6, 4]);
    expect([...dFilter!.dataSync()]).to.deep.equal([9, 12, 9, 12, 16, 12, 9, 12, 9]);
    const pooled = tf.grad((x) => tf.avgPool(x as tf.Tensor4D, 2, 2, "valid"))(image);
    expect([...pooled.dataSync()]).to.deep.equal(new Array<number>(16).fill(0.25));
  });
});
