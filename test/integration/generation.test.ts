import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { CausalLanguageModel, ComputeBackend, Named, Tokenizer } from "codex-core";
import { createSampler, type SamplingOptions } from "codex-nn";
import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
import { createWasmBackend } from "codex-plugin-compute-wasm";
import { GptLoader } from "codex-plugin-model-gpt";
import {
  CachedDecoder,
  DraftPace,
  initializeParameters,
  stateNames,
  type TextEvent,
  type WriteTextsRequest,
  writeTexts,
} from "codex-plugin-trainer-lm";

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
  native: () => createOnnxBackend(computeOnnxOptions.parse({ threads: 2 })),
  stock: () => createOnnxBackend(computeOnnxOptions.parse({ native: false, threads: 2 })),
  binding: () => createOnnxBackend(computeOnnxOptions.parse({ runtime: "binding", threads: 2 })),
  wasm: () => createWasmBackend(),
} as const;

type Use<Value> = (backend: ComputeBackend<Tensor>, model: CausalLanguageModel<Tensor>) => Promise<Value>;

const withTinyGpt = <Value>(opener: keyof typeof openers, headCount: number, use: Use<Value>): Promise<Value> =>
  withGpt(opener, { headCount, embedDim: 16, bias: true }, use);

async function withGpt<Value>(
  opener: keyof typeof openers,
  shape: { readonly headCount: number; readonly embedDim: number; readonly bias: boolean },
  use: Use<Value>,
): Promise<Value> {
  const loader = new GptLoader({ layerCount: 2, contextLength, dropout: 0, ...shape });
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
      const expected = await withTinyGpt("native", 2, async (backend, model) =>
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
      await withTinyGpt("native", headCount, async (backend, model) => {
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
      const inPlace = await withTinyGpt("stock", headCount, cachedLogits);
      const apart = await withTinyGpt("binding", headCount, cachedLogits);
      expect(inPlace).to.deep.equal(apart);
    });
  }

  describe("on native operators", () => {
    for (const shape of [
      { headCount: 2, embedDim: 16, bias: true },
      { headCount: 3, embedDim: 30, bias: false },
      { headCount: 4, embedDim: 528, bias: true },
    ]) {
      it(`gives each of a few tokens together the bits that it has alone: ${JSON.stringify(shape)}`, async () => {
        await withGpt("native", shape, async (backend, model) => {
          const ids = Array.from({ length: contextLength }, (_, place) => (place * 7 + 3) % vocabSize);
          const one = await continuation(backend, model, 1);
          const alone: Float32Array[] = [];
          for (const [place, id] of ids.entries()) alone.push((await one([id], place))[0]!);
          for (const count of [2, 3, 5, 8]) {
            const several = await continuation(backend, model, count);
            // Backwards, so that what lies in the cache behind the tokens is of another pass.
            for (let place = contextLength - count; place >= 0; place -= 3) {
              const rows = await several(ids.slice(place, place + count), place);
              expect(rows, `${count} at ${place}`).to.deep.equal(alone.slice(place, place + count));
            }
          }
        });
      });
    }

    it("writes the same text with drafts, of weights of 8 bits: many come true, and none that does not is kept", async () => {
      await withGpt("native", { headCount: 4, embedDim: 64, bias: true }, async (backend, model) => {
        const counts = { guessed: 0, right: 0 };
        for (const sampling of [{ temperature: 0 }, { temperature: 0.8 }, { temperature: 1.5, topK: 9, topP: 0.9 }]) {
          for (const [seed, prompt] of prompts.entries()) {
            const request = { prompts: [prompt], maxNewTokens: 90, sampling: { ...sampling, seed } };
            const plain = await drafted(backend, model, 0, request);
            const { events, drafts } = await drafted(backend, model, 4, request);
            expect(events, JSON.stringify(request)).to.deep.equal(plain.events);
            counts.guessed += drafts!.guessed;
            counts.right += drafts!.right;
          }
        }
        expect(counts.guessed).to.be.greaterThan(200);
        expect(counts.right / counts.guessed).to.be.within(0.7, 0.9999);
      });
    });

    it("drafts with the weights of the checkpoint that it writes with", async () => {
      await withGpt("native", { headCount: 2, embedDim: 32, bias: true }, async (backend, model) => {
        const decoder = new CachedDecoder(backend, model, 1, { tokens: 4, pace: new Unhesitating() });
        const request = { prompts: ["HELLO"], maxNewTokens: 60, sampling: { seed: 1, temperature: 0 } };
        let before = { guessed: 0, right: 0 };
        for (const seed of [3, 4]) {
          await initializeParameters(backend, model, seed);
          const { drafts } = await eventsOf(decoder, request);
          expect((drafts!.right - before.right) / (drafts!.guessed - before.guessed)).to.be.greaterThan(0.7);
          before = drafts!;
        }
        await decoder.dispose();
      });
    });
  });
});

/** Guesses all that it may, whatever it costs. */
class Unhesitating extends DraftPace {
  override next(most: number): number {
    return most;
  }
}

async function eventsOf(
  decoder: CachedDecoder,
  request: Pick<WriteTextsRequest, "prompts" | "maxNewTokens" | "sampling">,
) {
  const events: TextEvent[] = [];
  const { signal } = new AbortController();
  for await (const event of writeTexts(decoder, characters, { ...request, signal, whenFull: "slide" })) {
    events.push(event);
  }
  return { events, drafts: decoder.drafts };
}

async function drafted(
  backend: ComputeBackend<Tensor>,
  model: CausalLanguageModel<Tensor>,
  tokens: number,
  request: Parameters<typeof eventsOf>[1],
) {
  const decoder = new CachedDecoder(backend, model, 1, { tokens, pace: new Unhesitating() });
  try {
    return await eventsOf(decoder, request);
  } finally {
    await decoder.dispose();
  }
}

/** Continues a sequence by `count` tokens at a place, over one cache of all such programs: the logits after each. */
async function continuation(backend: ComputeBackend<Tensor>, model: CausalLanguageModel<Tensor>, count: number) {
  const parameters = Object.keys(model.parameters);
  const cacheSpecs = model.cacheSpecs(1, contextLength);
  const named = (names: readonly string[], state: Named<Tensor>, kind: "parameter" | "cache") =>
    Object.fromEntries(names.map((name) => [name, state[stateNames[kind](name)]!]));
  const program = await backend.compile({
    name: `continuation-${count}`,
    state: Object.fromEntries([
      ...Object.entries(model.parameters).map(([name, spec]) => [stateNames.parameter(name), spec]),
      ...Object.entries(cacheSpecs).map(([name, spec]) => [stateNames.cache(name), spec]),
    ]),
    inputs: { tokenIds: { shape: [1, count], dtype: "int32" }, position: { shape: [1], dtype: "int32" } },
    body(state, { tokenIds, position }) {
      const bound = model.bind(named(parameters, state, "parameter"), { training: false });
      const { logits, cache } = bound.decode(
        tokenIds!,
        { position: position! },
        named(Object.keys(cacheSpecs), state, "cache"),
      );
      const grown = Object.entries(cache).map(([name, tensor]) => [stateNames.cache(name), tensor]);
      return { state: Object.fromEntries(grown), outputs: { logits } };
    },
  });
  return async (ids: readonly number[], place: number) => {
    const { logits } = await program.run({ tokenIds: Int32Array.from(ids), position: Int32Array.of(place) });
    return ids.map((_, row) => (logits as Float32Array).slice(row * vocabSize, (row + 1) * vocabSize));
  };
}
