import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { dropoutSites } from "codex-plugin-model-gpt";
import { idsTensor, tinyModel, tinyOptions, vocabSize, withModel } from "./support/eager-model.js";
import { plainGpt } from "./support/plain-gpt.js";

const rows = [
  [3, 1, 4, 1, 5],
  [9, 2, 6, 5, 3],
];
const targets = [
  [1, 4, 1, 5, 9],
  [2, 6, 5, 3, 5],
];

/** Largest difference of two lists of numbers. */
const gap = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? Number.NaN))), 0);

describe("BoundGpt", () => {
  for (const bias of [true, false]) {
    it(`gives the logits of a plain computation ${bias ? "with" : "without"} biases`, async () => {
      const tiny = await tinyModel({ bias });
      const expected = rows.flatMap((row) => plainGpt({ ...tinyOptions, bias }, tiny.values, row).flat());
      const logits = withModel(tiny, { training: false }, (bound) => bound.logits(idsTensor(rows)).dataSync());
      expect(logits.length).to.equal(rows.length * 5 * vocabSize);
      expect(gap(logits, expected)).to.be.lessThan(2e-5);
    });
  }

  it("gives each token's loss in its place", async () => {
    const tiny = await tinyModel();
    const expected = rows.flatMap((row, index) =>
      plainGpt(tinyOptions, tiny.values, row).map((logits, place) => {
        const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
        return Math.log(total) - (logits[targets[index]?.[place] as number] as number);
      }),
    );
    const losses = withModel(tiny, { training: false }, (bound) => {
      const tensor = bound.tokenLosses(idsTensor(rows), idsTensor(targets));
      expect(tensor.shape).to.deep.equal([2, 5]);
      return tensor.dataSync();
    });
    expect(gap(losses, expected)).to.be.lessThan(2e-5);
  });

  it("uses the whole context, and no more", async () => {
    const tiny = await tinyModel();
    const full = [[0, 1, 2, 3, 4, 5, 6]];
    const logits = withModel(tiny, { training: false }, (bound) => bound.logits(idsTensor(full)).dataSync());
    expect(gap(logits, plainGpt(tinyOptions, tiny.values, full[0] as number[]).flat())).to.be.lessThan(2e-5);
    expect(() =>
      withModel(tiny, { training: false }, (bound) => bound.logits(idsTensor([[0, 1, 2, 3, 4, 5, 6, 7]]))),
    ).to.throw("CODEX_MODEL_CONTEXT_EXCEEDED");
  });

  /** Feeds pieces of the rows, padded to one length, into caches full of rubbish: the logits after each piece. */
  function decoded(tiny: Awaited<ReturnType<typeof tinyModel>>, pieces: readonly (readonly number[])[]) {
    const specs = tiny.model.cacheSpecs(2, tinyOptions.contextLength);
    let cache = Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => [name, tf.fill([...shape], 1e3) as tf.Tensor]),
    );
    const position = [0, 0];
    return withModel(tiny, { training: false }, (bound) =>
      pieces.map((counts, index) => {
        const ids = rows.map((row, sequence) => {
          const place = position[sequence] as number;
          const piece = row.slice(place, place + (counts[sequence] as number));
          return [...piece, ...Array(Math.max(...counts) - piece.length).fill(8)];
        });
        const span = { count: tf.tensor1d([...counts], "int32") };
        const at = index === 0 ? {} : { position: tf.tensor1d(position, "int32") };
        const output = bound.decode(idsTensor(ids), { ...span, ...at }, cache);
        expect(Object.keys(output.cache)).to.deep.equal(Object.keys(specs));
        expect(output.logits.shape).to.deep.equal([2, vocabSize]);
        cache = output.cache;
        for (const sequence of [0, 1]) position[sequence]! += counts[sequence] as number;
        return { ends: [...position], logits: output.logits.dataSync().slice() };
      }),
    );
  }

  for (const [what, pieces] of [
    ["whole", [[5, 5]]],
    ["token by token", Array(5).fill([1, 1])],
    [
      "in pieces",
      [
        [3, 3],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      "of unequal length",
      [
        [4, 2],
        [1, 1],
      ],
    ],
    [
      "of unequal length, the longer last",
      [
        [1, 3],
        [2, 1],
      ],
    ],
  ] as const) {
    it(`decodes with a cache what it gives without one: sequences ${what}`, async () => {
      const tiny = await tinyModel();
      const whole = withModel(tiny, { training: false }, (bound) => bound.logits(idsTensor(rows)).dataSync());
      for (const { ends, logits } of decoded(tiny, pieces)) {
        const expected = ends.flatMap((end, sequence) => {
          const start = (sequence * 5 + end - 1) * vocabSize;
          return [...whole.subarray(start, start + vocabSize)];
        });
        expect(gap(logits, expected), `ends ${ends}`).to.be.lessThan(2e-5);
      }
    });
  }

  it("has a gradient for every parameter that agrees with finite differences", async () => {
    const tiny = await tinyModel({ layerCount: 1 });
    const names = Object.keys(tiny.model.parameters);
    const lossWith = (values: ReadonlyMap<string, Float32Array>) =>
      withModel({ model: tiny.model, values }, { training: false }, (bound) =>
        bound
          .tokenLosses(idsTensor(rows), idsTensor(targets))
          .dataSync<"float32">()
          .reduce((sum, loss) => sum + loss, 0),
      );
    const gradients = tf.tidy(() => {
      const parameters = names.map((name) =>
        tf.tensor(tiny.values.get(name) as Float32Array, [...(tiny.model.parameters[name]?.shape ?? [])]),
      );
      const loss = (...tensors: tf.Tensor[]) => {
        const bound = tiny.model.bind(
          Object.fromEntries(names.map((name, index) => [name, tensors[index] as tf.Tensor])),
          {
            training: true,
          },
        );
        return tf.sum(bound.tokenLosses(idsTensor(rows), idsTensor(targets)));
      };
      return tf
        .grads(loss)(parameters)
        .map((gradient) => gradient.dataSync());
    });
    for (const [index, name] of names.entries()) {
      const values = tiny.values.get(name) as Float32Array;
      const place = Math.floor(values.length / 2);
      const moved = (change: number) =>
        lossWith(
          new Map(tiny.values).set(
            name,
            values.map((value, at) => (at === place ? value + change : value)),
          ),
        );
      const slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
      expect(gradients[index]?.[place], name).to.be.closeTo(slope, 2e-3 + Math.abs(slope) * 2e-2);
    }
  });
});

describe("dropout of BoundGpt", () => {
  const key = [11, 0, 3, 1];
  const trained = async (context: { training: boolean; key?: number[] }) => {
    const tiny = await tinyModel({ dropout: 0.5 });
    return withModel(
      tiny,
      { training: context.training, randomKey: context.key && tf.tensor1d(context.key, "int32") },
      (bound) => bound.logits(idsTensor(rows)).dataSync(),
    );
  };

  it("is a function of the key", async () => {
    const once = await trained({ training: true, key });
    expect(await trained({ training: true, key })).to.deep.equal(once);
    expect(gap(await trained({ training: true, key: [11, 0, 4, 1] }), once)).to.be.greaterThan(0.01);
    expect(gap(await trained({ training: true, key: [11, 0, 3, 2] }), once)).to.be.greaterThan(0.01);
  });

  it("is off unless training", async () => {
    const tiny = await tinyModel({ dropout: 0.5 });
    const expected = rows.flatMap((row) => plainGpt(tinyOptions, tiny.values, row).flat());
    expect(gap(await trained({ training: false, key }), expected)).to.be.lessThan(2e-5);
  });

  it("draws at every site, each with a number of its own", async () => {
    const drawn: { site: number; shape: number[] }[] = [];
    const cpu = tf.getKernel("CodexDropoutMask", "cpu");
    const { kernelFunc } = cpu as tf.KernelConfig;
    tf.unregisterKernel("CodexDropoutMask", "cpu");
    tf.registerKernel({
      kernelName: "CodexDropoutMask",
      backendName: "cpu",
      kernelFunc: (parameters) => {
        const { site, shape } = parameters.attrs as unknown as { site: number; shape: number[] };
        drawn.push({ site, shape });
        return kernelFunc(parameters);
      },
    });
    try {
      await trained({ training: true, key });
    } finally {
      tf.unregisterKernel("CodexDropoutMask", "cpu");
      tf.registerKernel({ ...(cpu as tf.KernelConfig) });
    }
    const attention = [2, tinyOptions.headCount, 5, 5];
    const residual = [10, tinyOptions.embedDim];
    expect(drawn).to.deep.equal([
      { site: 0, shape: residual },
      { site: 1, shape: attention },
      { site: 2, shape: residual },
      { site: 3, shape: residual },
      { site: 4, shape: attention },
      { site: 5, shape: residual },
      { site: 6, shape: residual },
    ]);
    expect(dropoutSites.attention(1)).to.equal(4);
  });

  it("needs a key in training", async () => {
    expect(await trained({ training: true }).catch((error) => error)).to.have.property(
      "code",
      "CODEX_MODEL_RANDOM_KEY",
    );
  });
});
