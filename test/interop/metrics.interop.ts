import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import {
  type Batch,
  type BatchShape,
  type BatchSource,
  type BoundModel,
  type ComputeBackend,
  EvaluatorPoint,
  type LoadedCheckpoint,
  type MetricAccumulator,
  MetricPoint,
  type Named,
  type ScoredTokens,
} from "codex-core";
import { ByteTokenizer, createFromPlugin } from "codex-core/testing";
import { tokenCrossEntropy } from "codex-nn";
import { readSafetensors } from "codex-plugin-checkpoint-local/safetensors";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import metrics from "codex-plugin-metrics-text";
import { GptLoader } from "codex-plugin-model-gpt";
import trainer, { NextTokenObjective } from "codex-plugin-trainer-lm";
import { largestDifference, type References } from "../../plugins/codex-plugin-metrics-text/test/support/references.js";
import { stemmableWords, textPairs } from "../../plugins/codex-plugin-metrics-text/test/support/text-pairs.js";
import { scoredRows } from "../../plugins/codex-plugin-trainer-lm/dist/evaluate/scored-rows.js";
import { TextCounter } from "../../plugins/codex-plugin-trainer-lm/dist/evaluate/text-counter.js";
import { tokenFacts } from "../../plugins/codex-plugin-trainer-lm/dist/evaluate/token-facts.js";
import { python, runPython } from "../support/interop.js";
import { repositoryRoot } from "../support/repository.js";
import { SeededRandom } from "../support/seeded-random.js";

const backends: Named<() => Promise<ComputeBackend<tf.Tensor>>> = {
  onnx: () => createOnnxBackend(computeOnnxOptions.parse({})),
  wasm: () => createWasmBackend(),
};

const tokenizer = new ByteTokenizer();
const { vocabSize } = tokenizer;
const { signal } = new AbortController();

/** Relative distance. */
const distance = (found: number | undefined, expected: number): number =>
  Math.abs((found ?? Number.NaN) - expected) / Math.max(1, Math.abs(expected));

describe("BLEU, chrF, ROUGE and stems against sacrebleu, rouge-score and NLTK", () => {
  it("are equal to 1e-6 on 1,000 pairs and 5,000 words, together and one by one", () => {
    const given = { pairs: textPairs(42, 1000), words: stemmableWords(43, 5000) };
    const script = join(repositoryRoot, "plugins/codex-plugin-metrics-text/test/fixtures/reference_scores.py");
    const input = JSON.stringify(given);
    const { stdout, stderr, status } = spawnSync(python, [script], { input, encoding: "utf8", maxBuffer: 1 << 28 });
    expect(status, stderr).to.equal(0);
    const references: References = JSON.parse(stdout);
    expect(Object.keys(references.corpus)).to.include.members(["bleu", "chrf", "chrfPlusPlus", "rougeStemmed"]);
    expect(largestDifference(given.pairs, given.words, references)).to.be.below(1e-6);
  });
});

describe("metrics of tokens against PyTorch and transformers", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "codex-metrics-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The values of metrics of tokens: `name: [type, options]`. */
  async function accumulators(
    wanted: Named<readonly [type: string, options?: object]>,
  ): Promise<Named<MetricAccumulator<ScoredTokens>>> {
    const made: Record<string, MetricAccumulator<ScoredTokens>> = {};
    for (const [name, [type, options = {}]] of Object.entries(wanted)) {
      const metric = await createFromPlugin(metrics, MetricPoint, type, { options });
      made[name] = metric.start() as MetricAccumulator<ScoredTokens>;
    }
    return made;
  }

  for (const [name, open] of Object.entries(backends)) {
    it(`give the same from the same logits, on ${name}`, async () => {
      const [microBatch, contextLength] = [4, 64];
      const random = new SeededRandom(1);
      const normal = () =>
        Array.from({ length: 12 }, () => random.below(2 ** 30) / 2 ** 30).reduce((a, b) => a + b) - 6;
      const logits = Float32Array.from({ length: microBatch * contextLength * vocabSize }, () => 4 * normal());
      const targetIds = Int32Array.from({ length: microBatch * contextLength }, (_, place) => {
        // Likely ones, so that some are right.
        const row = logits.subarray(place * vocabSize, (place + 1) * vocabSize);
        const likely = [...row.keys()].sort((a, b) => row[b]! - row[a]!);
        return random.below(2) === 0 ? likely[random.below(8)]! : random.below(vocabSize);
      });
      writeFileSync(join(folder, "logits.bin"), logits);
      writeFileSync(join(folder, "targets.bin"), targetIds);
      const expected = runPython(
        `
import json, sys
import numpy as np, torch
folder, vocab = sys.argv[1], int(sys.argv[2])
logits = torch.from_numpy(np.fromfile(folder + "/logits.bin", dtype=np.float32)).reshape(-1, vocab)
targets = torch.from_numpy(np.fromfile(folder + "/targets.bin", dtype=np.int32)).long()
loss = torch.nn.functional.cross_entropy(logits, targets)
top = logits.topk(5).indices
probabilities, likeliest = logits.softmax(-1).max(-1)
right = (likeliest == targets).double()
bins = torch.ceil(probabilities.double() * 15) - 1
error = sum(
    (right[bins == b].mean() - probabilities.double()[bins == b].mean()).abs() * (bins == b).double().mean()
    for b in bins.unique()
)
print(json.dumps({
    "loss": loss.item(), "perplexity": loss.double().exp().item(), "accuracy": right.mean().item(),
    "top5": (top == targets[:, None]).any(-1).double().mean().item(), "calibration": error.item(),
}))
`,
        folder,
        String(vocabSize),
      ) as Named<number>;
      const found = await accumulators({
        loss: ["loss"],
        perplexity: ["perplexity"],
        accuracy: ["accuracy"],
        top5: ["accuracy", { top: 5 }],
        calibration: ["calibration-error", { bins: 15 }],
      });
      const shape = [microBatch, contextLength];
      const backend = await open();
      const program = await backend.compile({
        name: "facts",
        state: {},
        inputs: {
          logits: { shape: [...shape, vocabSize], dtype: "float32" },
          targetIds: { shape, dtype: "int32" },
        },
        body(_, inputs) {
          const model = {
            logits: () => inputs.logits,
            tokenLosses: (_ids: tf.Tensor, targets: tf.Tensor) =>
              tf.reshape(
                tokenCrossEntropy(tf.reshape(inputs.logits!, [-1, vocabSize]), tf.reshape(targets, [-1])),
                shape,
              ),
          } as unknown as BoundModel<tf.Tensor>;
          return { outputs: tokenFacts(model, { tokenIds: inputs.targetIds!, targetIds: inputs.targetIds! }) };
        },
      });
      const outputs = await program.run({ logits, targetIds });
      const batch: Batch = { targetIds, lossMask: new Float32Array(targetIds.length).fill(1) };
      for (const tokens of scoredRows({ batch, outputs, microBatch }, new TextCounter(tokenizer))) {
        for (const accumulator of Object.values(found)) accumulator.add(tokens);
      }
      for (const [metric, value] of Object.entries(expected)) {
        expect(distance(found[metric]!.result()[""], value), metric).to.be.below(1e-6);
      }
      expect(expected.accuracy).to.be.within(0.02, 0.2);
      await program.dispose();
      await backend.dispose();
    });
  }

  /** A GPT-2 of transformers with random weights, and what transformers says of a text under it. */
  const contextLength = 24;
  const sizes = { layerCount: 2, headCount: 4, embedDim: 32 };
  const text =
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money… 海は深い。".repeat(3);
  const strides = [1, 7, 16, contextLength];
  const continuations = [
    { context: "Call me", text: " Ishmael" },
    { context: "The colour of the whale is", text: " white" },
    { context: "a context that is much longer than the model can hold: it", text: " is cut" },
  ];

  function transformersAnswer(): { readonly losses: Named<number>; readonly scores: readonly number[] } {
    const given = {
      ids: [...tokenizer.encode(text)],
      strides,
      pairs: continuations.map((each) => [...tokenizer.encode(each.context + each.text)]),
      lengths: continuations.map((each) => tokenizer.encode(each.text).length),
      contextLength,
      vocabSize,
      ...sizes,
    };
    writeFileSync(join(folder, "given.json"), JSON.stringify(given));
    return runPython(
      `
import json, sys, torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel
folder = sys.argv[1]
given = json.load(open(folder + "/given.json"))
torch.manual_seed(1)
# One position more than ours: the last token of a window is only ever a target.
length = given["contextLength"] + 1
config = GPT2Config(vocab_size=given["vocabSize"], n_positions=length, n_embd=given["embedDim"],
                    n_layer=given["layerCount"], n_head=given["headCount"], initializer_range=0.2)
model = GPT2LMHeadModel(config).eval()
state = {name.removeprefix("transformer."): value.contiguous() for name, value in model.state_dict().items()
         if name != "lm_head.weight" and not name.endswith((".attn.bias", ".attn.masked_bias"))}
state["wpe.weight"] = state["wpe.weight"][: length - 1].contiguous()
save_file(state, folder + "/model.safetensors")
model = model.double()
ids = torch.tensor([given["ids"]])

@torch.no_grad()
def strided(stride):
    total, count, previous = 0.0, 0, 0
    for begin in range(0, ids.size(1), stride):
        end = min(begin + length, ids.size(1))
        window = ids[:, begin:end]
        targets = window.clone()
        targets[:, : window.size(1) - (end - previous)] = -100
        # The first token of a window has nothing before it, so it is no target.
        scored = int((targets[:, 1:] != -100).sum())
        total += model(window, labels=targets).loss.item() * scored
        count += scored
        previous = end
        if end == ids.size(1):
            break
    assert count == ids.size(1) - 1, count
    return total / count

@torch.no_grad()
def score(pair, answer):
    row = torch.tensor([pair[-length:]])
    logs = model(row).logits.log_softmax(-1)[0, :-1].gather(-1, row[0, 1:, None])[:, 0]
    return logs[-answer:].sum().item()

print(json.dumps({
    "losses": {str(stride): strided(stride) for stride in given["strides"]},
    "scores": [score(pair, answer) for pair, answer in zip(given["pairs"], given["lengths"])],
}))
`,
      folder,
    ) as ReturnType<typeof transformersAnswer>;
  }

  /** Rows of the text, one after the other, as data sources give them. */
  const data: BatchSource = {
    fingerprint: "text",
    async open(_, { microBatch, contextLength: rowLength }: BatchShape) {
      const ids = tokenizer.encode(text);
      const rows = Math.ceil((ids.length - 1) / rowLength);
      return {
        microBatchesPerEpoch: Math.ceil(rows / microBatch),
        tokenCount: ids.length,
        async read(position) {
          const size = microBatch * rowLength;
          const [tokenIds, targetIds, lossMask] = [new Int32Array(size), new Int32Array(size), new Float32Array(size)];
          for (let place = 0; place < size; place += 1) {
            const at = position * size + place;
            if (at + 1 >= ids.length) break;
            tokenIds[place] = ids[at]!;
            targetIds[place] = ids[at + 1]!;
            lossMask[place] = 1;
          }
          return { tokenIds, targetIds, lossMask };
        },
      };
    },
  };

  it("give the perplexity of transformers' guide with every stride, and its scores of texts after their contexts", async () => {
    const { losses, scores } = transformersAnswer();
    const { tensors } = await readSafetensors(join(folder, "model.safetensors"));
    const checkpoint = { path: folder, step: 1, model: tensors } as unknown as LoadedCheckpoint;
    for (const open of Object.values(backends)) {
      const compute = await open();
      const model = new GptLoader({ ...sizes, contextLength, dropout: 0, bias: true });
      const dependencies = { data, tokenizer, model, objective: new NextTokenObjective(), compute };
      for (const stride of [...strides, undefined]) {
        const options = { microBatch: 3, ...(stride === undefined ? {} : { stride }) };
        const evaluator = await createFromPlugin(trainer, EvaluatorPoint, "lm", { options, dependencies });
        const found = await accumulators({ loss: ["loss"], perplexity: ["perplexity"] });
        const onTokens = (tokens: ScoredTokens) => {
          for (const accumulator of Object.values(found)) accumulator.add(tokens);
        };
        const own = await evaluator.evaluate({ checkpoint, split: "validation", signal, onTokens });
        const expected = losses[String(stride ?? contextLength)]!;
        expect(distance(found.loss!.result()[""], expected), `stride ${stride}`).to.be.below(1e-6);
        expect(distance(found.perplexity!.result()[""], Math.exp(expected))).to.be.below(1e-5);
        expect(distance(own["eval/loss"], expected)).to.be.below(1e-5);
      }
      const evaluator = await createFromPlugin(trainer, EvaluatorPoint, "lm", { dependencies });
      const found: number[] = [];
      for await (const { logProbabilities } of evaluator.score!({ checkpoint, continuations, signal })) {
        found.push(Array.from(logProbabilities).reduce((sum, each) => sum + each, 0));
      }
      expect(Math.max(...found.map((value, index) => distance(value, scores[index]!)))).to.be.below(1e-6);
      await compute.dispose();
    }
    const [finest, coarsest] = [losses["1"]!, losses[String(contextLength)]!];
    expect(finest).to.not.be.closeTo(coarsest, 1e-4);
  });
});
