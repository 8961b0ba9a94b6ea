import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { BoundModel } from "codex-core";
import { tokenCrossEntropy } from "codex-nn";
import { tokenFacts, tokenOutputs } from "#src/evaluate/token-facts.js";
import { EagerBackend } from "../support/eager-backend.js";

/** The facts of targets [1, count] under logits [1, count, vocabSize]. */
async function factsOf(logits: readonly (readonly number[])[], targets: readonly number[]) {
  await EagerBackend.create();
  const values = tf.tensor3d([logits.map((row) => [...row])]);
  const model = {
    logits: () => values,
    tokenLosses: (_: tf.Tensor, targetIds: tf.Tensor) =>
      tf.reshape(tokenCrossEntropy(tf.squeeze(values, [0]), tf.reshape(targetIds, [-1])), targetIds.shape),
  } as unknown as BoundModel<tf.Tensor>;
  const targetIds = tf.tensor2d([[...targets]], undefined, "int32");
  const facts = tokenFacts(model, { tokenIds: targetIds, targetIds });
  const read = (name: string) => [...(facts[name] as tf.Tensor).dataSync()];
  return {
    logProbabilities: read(tokenOutputs.logProbabilities),
    ranks: read(tokenOutputs.ranks),
    confidences: read(tokenOutputs.confidences),
  };
}

describe("tokenFacts", () => {
  it("says how likely each target is, how many ids are likelier, and how likely the likeliest is", async () => {
    const logits = [
      [1, 3, 2],
      [1, 3, 2],
      [-50, 30, -60],
      [0.5, -1, -2],
    ];
    const targets = [1, 0, 1, 2];
    const { logProbabilities, ranks, confidences } = await factsOf(logits, targets);
    expect(ranks).to.deep.equal([0, 2, 0, 2]);
    for (const [index, row] of logits.entries()) {
      const sum = Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0));
      expect(logProbabilities[index]).to.be.closeTo(row[targets[index]!]! - sum, 1e-5);
      expect(confidences[index]).to.be.closeTo(Math.exp(Math.max(...row) - sum), 1e-6);
    }
  });

  it("ranks equally likely ids by their order, so that a model that knows nothing is not always right", async () => {
    const same = [7, 7, 7];
    const { ranks, confidences } = await factsOf([same, same, same], [0, 1, 2]);
    expect(ranks).to.deep.equal([0, 1, 2]);
    for (const confidence of confidences) expect(confidence).to.be.closeTo(1 / 3, 1e-6);
  });

  it("takes a logit of −∞ for an id that cannot come", async () => {
    const { logProbabilities, ranks } = await factsOf([[Number.NEGATIVE_INFINITY, 1, 1]], [2]);
    expect(ranks).to.deep.equal([1]);
    expect(logProbabilities[0]).to.be.closeTo(-Math.LN2, 1e-6);
  });
});
