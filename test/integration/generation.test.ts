import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { CausalLanguageModel, ComputeBackend, Tokenizer } from "codex-core";
import { createSampler, type SamplingOptions } from "codex-nn";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import { GptLoader } from "codex-plugin-model-gpt";
import { CachedDecoder, initializeParameters, stateNames, writeTexts } from "codex-plugin-trainer-lm";

const vocabSize = 61;
const contextLength = 40;

/** A token is a character. */
const characters = {
  vocabSize,
  special: {},
  encode: (text: string) => Int32Array.from(text, (character) => character.charCodeAt(0) - 64),
  decode: (ids: ArrayLike<number>) => String.fromCharCode(...Array.from(ids, (id) => id + 64)),
} as unknown as Tokenizer;

const prompts = ["ABCDEFGHIJKLMNOPQRSTU", "C", "HELLO"];

const openers = {
  "native-api": () => createOnnxBackend(computeOnnxOptions.parse({ runtime: "native-api", threads: 2 })),
  binding: () => createOnnxBackend(computeOnnxOptions.parse({ runtime: "binding", threads: 2 })),
  wasm: () => createWasmBackend(),
} as const;

async function withTinyGpt<Value>(
  opener: keyof typeof openers,
  headCount: number,
  use: (backend: ComputeBackend<Tensor>, model: CausalLanguageModel<Tensor>) => Promise<Value>,
): Promise<Value> {
  const loader = new GptLoader({ layerCount: 2, headCount, embedDim: 16, contextLength, dropout: 0, bias: true });
  const model = await loader.load({ vocabSize, dtype: "float32" });
  const backend: ComputeBackend<Tensor> = await openers[opener]();
  try {
    await initializeParameters(backend, model, 3);
    return await use(backend, model);
  } finally {
    await backend.dispose();
  }
}

/** Logits [contextLength, vocabSize] of a whole pass; later tokens change nothing of earlier ones. */
async function wholePass(backend: ComputeBackend<Tensor>, model: CausalLanguageModel<Tensor>) {
  const names = Object.keys(model.parameters);
  const program = await backend.compile({
    name: "whole",
    state: Object.fromEntries(names.map((name) => [stateNames.parameter(name), model.parameters[name]!])),
    inputs: { tokenIds: { shape: [1, contextLength], dtype: "int32" } },
    body(state, { tokenIds }) {
      const parameters = Object.fromEntries(names.map((name) => [name, state[stateNames.parameter(name)]!]));
      return { outputs: { logits: tf.squeeze(model.bind(parameters, { training: false }).logits(tokenIds!), [0]) } };
    },
  });
  return async (ids: readonly number[]) => {
    const tokenIds = new Int32Array(contextLength);
    tokenIds.set(ids);
    const { logits } = await program.run({ tokenIds });
    return (logits as Float32Array).subarray((ids.length - 1) * vocabSize, ids.length * vocabSize);
  };
}

/** Token ids with full recomputation of every token. */
async function recomputed(
  logitsOf: (ids: readonly number[]) => Promise<Float32Array>,
  count: number,
  sampling: SamplingOptions,
) {
  const texts: number[][] = [];
  for (const [stream, prompt] of prompts.entries()) {
    const sampler = createSampler({ ...sampling, seed: 7, stream });
    let window = [...characters.encode(prompt)];
    const made: number[] = [];
    while (made.length < count) {
      if (window.length > contextLength) window = window.slice(-contextLength / 2);
      const id = sampler.next(await logitsOf(window));
      made.push(id);
      window.push(id);
    }
    texts.push(made);
  }
  return texts;
}

async function cached(
  backend: ComputeBackend<Tensor>,
  model: CausalLanguageModel<Tensor>,
  count: number,
  sampling: SamplingOptions,
) {
  const decoder = new CachedDecoder(backend, model, prompts.length);
  const texts: number[][] = prompts.map(() => []);
  const { signal } = new AbortController();
  const request = { prompts, maxNewTokens: count, sampling: { ...sampling, seed: 7 }, signal };
  for await (const event of writeTexts(decoder, characters, { ...request, whenFull: "slide" })) {
    if ("token" in event) texts[event.index]!.push(event.token.tokenId);
  }
  await decoder.dispose();
  return texts;
}

/** Logits of a prefill of unequal lengths and of five tokens after it. */
async function cachedLogits(backend: ComputeBackend<Tensor>, model: CausalLanguageModel<Tensor>) {
  const decoder = new CachedDecoder(backend, model, prompts.length);
  const all = [await decoder.begin(prompts.map((prompt) => [...characters.encode(prompt)]))];
  for (let step = 0; step < 5; step += 1) all.push(await decoder.next([step + 1, step + 9, step + 17]));
  await decoder.dispose();
  return all;
}

describe("generation with a cache", () => {
  for (const sampling of [{ temperature: 0 }, { temperature: 1.2 }, { topK: 9, topP: 0.9 }]) {
    it(`writes the ids of full recomputation on every backend, past the context's end: ${JSON.stringify(sampling)}`, async () => {
      const expected = await withTinyGpt("native-api", 2, async (backend, model) =>
        recomputed(await wholePass(backend, model), 50, sampling),
      );
      for (const opener of Object.keys(openers) as (keyof typeof openers)[]) {
        const texts = await withTinyGpt(opener, 2, (backend, model) => cached(backend, model, 50, sampling));
        expect(texts, opener).to.deep.equal(expected);
      }
    });
  }

  for (const headCount of [2, 4]) {
    it(`gives the logits of a whole pass within 1e-4, ${headCount} heads`, async () => {
      await withTinyGpt("native-api", headCount, async (backend, model) => {
        const logitsOf = await wholePass(backend, model);
        const windows = prompts.map((prompt) => [...characters.encode(prompt)]);
        for (const [step, logits] of (await cachedLogits(backend, model)).entries()) {
          for (const [sequence, window] of windows.entries()) {
            if (step > 0) window.push(step + 8 * sequence);
            const whole = await logitsOf(window);
            const gap = Math.max(...whole.map((value, id) => Math.abs(value - logits[sequence]![id]!)));
            expect(gap, `step ${step}, sequence ${sequence}`).to.be.lessThan(1e-4);
          }
        }
      });
    });

    it(`gives the same bits in place as with caches apart, ${headCount} heads`, async () => {
      const inPlace = await withTinyGpt("native-api", headCount, cachedLogits);
      const apart = await withTinyGpt("binding", headCount, cachedLogits);
      expect(inPlace).to.deep.equal(apart);
    });
  }
});
