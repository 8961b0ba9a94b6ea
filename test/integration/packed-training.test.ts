import { expect } from "chai";
import type { Batch, BatchShape, Program } from "codex-core";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { GptLoader } from "codex-plugin-model-gpt";
import { createAdamWOptimizer, NextTokenObjective, readParameters, TrainingStep } from "codex-plugin-trainer-lm";

const vocabSize = 13;
const contextLength = 24;

/** Documents of several lengths, whose next token is a function of the one before. */
const documents = [9, 5, 7, 12, 4, 6].map((length, start) => {
  const ids = [start];
  while (ids.length <= length) ids.push(((ids.at(-1) ?? 0) * 5 + 3) % vocabSize);
  return ids;
});

/** Rows that hold documents one after the other; what is left of a row is padding of the segment -1. */
function packedBatch(rows: readonly (readonly number[][])[], length: number): Batch {
  const size = rows.length * length;
  const segmentIds = new Int32Array(size).fill(-1);
  const [tokenIds, targetIds, positionIds] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  const lossMask = new Float32Array(size);
  for (const [row, packed] of rows.entries()) {
    let place = row * length;
    for (const [segment, ids] of packed.entries()) {
      for (let position = 0; position + 1 < ids.length; position += 1, place += 1) {
        tokenIds[place] = ids[position] ?? 0;
        targetIds[place] = ids[position + 1] ?? 0;
        positionIds[place] = position;
        segmentIds[place] = segment;
        lossMask[place] = 1;
      }
    }
  }
  return { tokenIds, targetIds, lossMask, positionIds, segmentIds };
}

/** The same as rows of one document each, padded. */
function raggedBatch(rows: readonly (readonly number[])[], length: number): Batch {
  const { tokenIds, targetIds, lossMask } = packedBatch(
    rows.map((ids) => [[...ids]]),
    length,
  ) as Required<Batch>;
  return { tokenIds: tokenIds!, targetIds: targetIds!, lossMask: lossMask! };
}

async function open(shapes: readonly BatchShape[], { threads = 2, places = contextLength } = {}) {
  const backend = await createOnnxBackend(computeOnnxOptions.parse({ threads }));
  const sizes = { layerCount: 2, headCount: 2, embedDim: 16, contextLength: places, dropout: 0, bias: true };
  const model = await new GptLoader(sizes).load({ vocabSize, dtype: "float32" });
  const compiled: string[] = [];
  const counting = new Proxy(backend, {
    get(target, name) {
      if (name !== "compile") return Reflect.get(target, name, target).bind?.(target);
      return (program: Program<never>) => {
        compiled.push(program.name);
        return target.compile(program as never);
      };
    },
  });
  const step = new TrainingStep({
    backend: counting,
    model,
    objective: new NextTokenObjective(),
    optimizer: createAdamWOptimizer({ learningRate: 1e-2, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0 }),
    shape: shapes[0] as BatchShape,
    shapes,
    clipNorm: 1,
  });
  for (const [name, data] of model.initialize(7)) {
    const spec = model.parameters[name];
    if (spec) await backend.writeState({ [`parameter/${name}`]: { ...spec, data } });
  }
  const close = async () => {
    await step.dispose();
    await backend.dispose();
  };
  return { backend, model, step, compiled, close };
}

const packedShape = { microBatch: 2, contextLength, packed: true };
const packedRows = () => packedBatch([documents.slice(0, 3), documents.slice(3)], contextLength);

describe("training on packed and ragged rows", () => {
  it("has the loss and gradNorm of the documents alone, weighted by their tokens", async () => {
    const packed = await open([packedShape]);
    const shapes = documents.map((ids) => ({ microBatch: 1, contextLength: ids.length - 1 }));
    const alone = await open(shapes);
    const request = { step: 0, learningRate: 1e-2, seed: 1 };
    const together = await packed.step.run({ ...request, batches: [packedRows()] });
    const apart = await alone.step.run({
      ...request,
      batches: documents.map((ids) => raggedBatch([ids], ids.length - 1)),
    });
    expect(together.weightSum).to.equal(43);
    expect(apart.weightSum).to.equal(43);
    expect(together.loss).to.be.closeTo(apart.loss, 1e-6);
    expect(together.gradNorm).to.be.closeTo(apart.gradNorm, 1e-5 * apart.gradNorm);
    await packed.close();
    await alone.close();
  });

  it("learns, with the same bits on 1, 2 and 4 threads", async () => {
    const runs = [];
    for (const threads of [1, 2, 4]) {
      const { backend, model, step, close } = await open([packedShape], { threads });
      const losses: number[] = [];
      for (let index = 0; index < 30; index += 1) {
        losses.push((await step.run({ step: index, learningRate: 1e-2, seed: 1, batches: [packedRows()] })).loss);
      }
      runs.push({ losses, parameters: await readParameters(backend, model) });
      await close();
    }
    expect(runs[0]?.losses.at(-1)).to.be.lessThan(0.5 * (runs[0]?.losses[0] ?? 0));
    expect(runs[1]).to.deep.equal(runs[0]);
    expect(runs[2]).to.deep.equal(runs[0]);
  });

  it("has the same bits on 1, 2 and 4 threads where positions are too many for a one-hot product", async () => {
    const many = 520;
    const batch = packedBatch([[...documents, ...documents], [...documents].reverse()], many);
    const runs = [];
    for (const threads of [1, 2, 4]) {
      const shapes = [{ microBatch: 2, contextLength: many, packed: true }];
      const { backend, model, step, close } = await open(shapes, { threads, places: many });
      for (let index = 0; index < 3; index += 1) {
        await step.run({ step: index, learningRate: 1e-2, seed: 1, batches: [batch] });
      }
      runs.push(await readParameters(backend, model));
      await close();
    }
    expect(runs[1]).to.deep.equal(runs[0]);
    expect(runs[2]).to.deep.equal(runs[0]);
  });

  it("mixes shapes within a step, with no more programs than shapes and kinds", async () => {
    const lengths = [8, 16];
    const shapes = lengths.map((length) => ({ microBatch: 2, contextLength: length }));
    const short = raggedBatch([documents[1] ?? [], documents[4] ?? []], 8);
    const long = raggedBatch([documents[0] ?? [], documents[3] ?? []], 16);
    const padding = raggedBatch([[], []], 8);
    const { step, compiled, close } = await open(shapes);
    const losses: number[] = [];
    for (let index = 0; index < 20; index += 1) {
      const batches = index % 2 === 0 ? [short, long, padding] : [long, padding, short];
      const result = await step.run({ step: index, learningRate: 1e-2, seed: 1, batches });
      expect(result.weightSum).to.equal(30);
      losses.push(result.loss);
    }
    expect(losses.every(Number.isFinite)).to.equal(true);
    expect(losses.at(-1)).to.be.lessThan(0.7 * (losses[0] ?? 0));
    const gradients = compiled.filter((name) => name.startsWith("gradients-"));
    expect(gradients).to.have.length(4);
    expect(compiled).to.have.length(5);
    await close();
  });

  it("leaves all as it was in a step of nothing but padding that is not accepted", async () => {
    const { backend, model, step, close } = await open([{ microBatch: 2, contextLength: 8 }]);
    await step.prepare();
    const before = await readParameters(backend, model);
    const result = await step.run({
      step: 0,
      learningRate: 1e-2,
      seed: 1,
      batches: [raggedBatch([[], []], 8)],
      accept: ({ loss }) => Number.isFinite(loss),
    });
    expect(result.weightSum).to.equal(0);
    expect(result.updated).to.equal(false);
    expect(await readParameters(backend, model)).to.deep.equal(before);
    await close();
  });
});
