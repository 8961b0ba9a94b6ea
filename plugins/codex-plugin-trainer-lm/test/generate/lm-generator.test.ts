import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type {
  BatchGenerationRequest,
  GeneratedText,
  GeneratedToken,
  GenerationRequest,
  LoadedCheckpoint,
  Tokenizer,
} from "codex-core";
import { GptLoader } from "codex-plugin-model-gpt";
import { LmGenerator } from "#src/generate/lm-generator.js";
import { EagerBackend } from "../support/eager-backend.js";
import { contextLength, letters, tinyRun } from "../support/tiny-run.js";

const loader = new GptLoader({ layerCount: 1, headCount: 2, embedDim: 8, contextLength, dropout: 0.4, bias: true });

describe("LmGenerator", () => {
  let checkpoint: LoadedCheckpoint;
  let compute: EagerBackend;
  before(async () => {
    checkpoint = (await tinyRun({ options: { maxSteps: 6 }, dropout: 0.4 })).checkpoints.saved[0] as LoadedCheckpoint;
  });
  beforeEach(async () => {
    compute = await EagerBackend.create();
  });

  const generator = (whenFull: "slide" | "stop" = "slide", tokenizer: Tokenizer = letters) =>
    new LmGenerator({ tokenizer, model: loader, compute }, { whenFull, batchSize: 2, draftTokens: 4 });

  const request = (change: Partial<GenerationRequest> = {}): GenerationRequest => ({
    checkpoint,
    prompt: "abc",
    maxNewTokens: 3,
    seed: 1,
    signal: new AbortController().signal,
    ...change,
  });

  async function written(generated: AsyncGenerator<GeneratedToken, string, void>) {
    const tokens: GeneratedToken[] = [];
    for (;;) {
      const { value, done } = await generated.next();
      if (done) return { tokens, ids: tokens.map(({ tokenId }) => tokenId), reason: value };
      tokens.push(value as GeneratedToken);
    }
  }

  /** The likeliest letters after a prompt, each found by a whole pass without a cache. */
  async function likeliest(prompt: number[], count: number): Promise<number[]> {
    const model = await loader.load({ vocabSize: letters.vocabSize, dtype: "float32" });
    const ids = [...prompt];
    for (let step = 0; step < count; step += 1) {
      const next = tf.tidy(() => {
        const parameters = Object.fromEntries(
          Object.entries(checkpoint.model).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
        );
        const logits = model.bind(parameters, { training: false }).logits(tf.tensor2d([ids], undefined, "int32"));
        return tf.argMax(tf.reshape(tf.slice(logits, [0, ids.length - 1, 0], [1, 1, -1]), [-1])).dataSync()[0];
      });
      ids.push(next as number);
    }
    return ids.slice(prompt.length);
  }

  it("writes with its cache what whole passes without dropout find", async () => {
    const { ids, tokens, reason } = await written(generator().generate(request({ temperature: 0 })));
    expect(ids).to.deep.equal(await likeliest([0, 1, 2], 3));
    expect(tokens.map(({ text }) => text).join("")).to.equal(letters.decode(ids));
    expect(reason).to.equal("length");
  });

  it("can be asked again after a program could not be compiled", async () => {
    const one = generator();
    const compile = compute.compile.bind(compute);
    compute.compile = () => Promise.reject(new Error("no memory"));
    const error = await written(one.generate(request())).catch((reason) => reason);
    expect(error).to.have.property("message", "no memory");
    compute.compile = compile;
    expect((await written(one.generate(request()))).ids).to.have.length(3);
  });

  it("takes a prompt in by one pass of a padded length", async () => {
    const wide = { layerCount: 1, headCount: 1, embedDim: 4, contextLength: 90, dropout: 0, bias: true };
    const model = new GptLoader(wide);
    const loaded = await model.load({ vocabSize: letters.vocabSize, dtype: "float32" });
    const tensors = [...loaded.initialize(1)].map(
      ([name, data]) => [name, { data, shape: loaded.parameters[name]?.shape ?? [], dtype: "float32" }] as const,
    );
    const wideCheckpoint = { ...checkpoint, model: Object.fromEntries(tensors) };
    const wideGenerator = new LmGenerator(
      { tokenizer: letters, model, compute },
      { whenFull: "slide", batchSize: 8, draftTokens: 4 },
    );
    for (const length of [1, 16, 17, 74]) {
      const prompt = "a".repeat(length);
      await written(wideGenerator.generate(request({ checkpoint: wideCheckpoint, prompt, maxNewTokens: 2 })));
    }
    const prefills = ["prefill-1x16", "prefill-1x16", "prefill-1x32", "prefill-1x90"];
    expect(compute.ran).to.deep.equal(prefills.flatMap((name) => [name, "decode-1"]));
  });

  it("gives the same text for the same seed, and another for another", async () => {
    const text = async (seed: number) => (await written(generator().generate(request({ seed, maxNewTokens: 30 })))).ids;
    expect(await text(1)).to.deep.equal(await text(1));
    expect(await text(1)).not.to.deep.equal(await text(2));
  });

  it("slides over a full context: the older half is forgotten", async () => {
    const { ids, reason } = await written(generator("slide").generate(request({ temperature: 0, maxNewTokens: 7 })));
    expect(reason).to.equal("length");
    expect(ids.slice(0, 4)).to.deep.equal(await likeliest([0, 1, 2], 4));
    expect(ids[4]).to.equal((await likeliest(ids.slice(1, 4), 1))[0]);
  });

  it("stops at a full context when told to", async () => {
    const { ids, reason } = await written(generator("stop").generate(request({ maxNewTokens: 20 })));
    expect(reason).to.equal("context");
    expect(ids).to.have.length(contextLength - 3 + 1);
  });

  it("stops before the token that ends a text", async () => {
    const [, second] = await likeliest([0, 1, 2], 2);
    const ending = { ...letters, special: { eos: second } };
    const { ids, reason } = await written(generator("slide", ending).generate(request({ temperature: 0 })));
    expect(reason).to.equal("eos");
    expect(ids).not.to.include(second);
  });

  it("stops when the signal is given", async () => {
    const stopping = new AbortController();
    const generated = generator().generate(request({ maxNewTokens: 1000, signal: stopping.signal }));
    await generated.next();
    stopping.abort();
    expect(await generated.next()).to.deep.equal({ done: true, value: "signal" });
  });

  it("uses the last tokens of a prompt that is longer than the context", async () => {
    const long = await written(
      generator().generate(request({ prompt: "gggggabcdef", temperature: 0, maxNewTokens: 1 })),
    );
    const short = await written(generator().generate(request({ prompt: "abcdef", temperature: 0, maxNewTokens: 1 })));
    expect(long.ids).to.deep.equal(short.ids);
  });

  for (const [what, whenFull, prompt, phrase] of [
    ["an empty prompt without a token to begin with", "slide", "", "prompt is empty"],
    ["a prompt that is longer than the context, with stop", "stop", "abcabca", "7 tokens, the model's context 6"],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const error = await written(generator(whenFull).generate(request({ prompt }))).catch((reason) => reason);
      expect(error).to.include({ code: "CODEX_GENERATE_PROMPT", exitCode: 2 });
      expect(error.what).to.contain(phrase);
    });
  }

  it("begins an empty prompt with the token that begins texts", async () => {
    const beginning = { ...letters, special: { bos: 2 } };
    const empty = await written(generator("slide", beginning).generate(request({ prompt: "", temperature: 0 })));
    const same = await written(generator().generate(request({ prompt: "c", temperature: 0 })));
    expect(empty.ids).to.deep.equal(same.ids);
  });

  it("writes one text at a time, and frees the cache after it", async () => {
    const one = generator();
    const first = one.generate(request());
    await first.next();
    expect([...compute.state.keys()]).to.include("cache/h.0.key");
    const error = await one
      .generate(request())
      .next()
      .catch((reason: unknown) => reason);
    expect(error).to.have.property("code", "CODEX_GENERATE_BUSY");
    await first.return("signal");
    expect([...compute.state.keys()]).not.to.include("cache/h.0.key");
    expect((await written(one.generate(request()))).reason).to.equal("length");
  });

  it("writes the next text also where the cache of the one before could not be freed", async () => {
    const one = generator();
    const { releaseState } = compute;
    compute.releaseState = () => Promise.reject(new Error("the device is gone"));
    const error = await written(one.generate(request())).catch((reason: unknown) => reason);
    compute.releaseState = releaseState;
    expect(error).to.have.property("message", "the device is gone");
    expect((await written(one.generate(request()))).reason).to.equal("length");
  });

  describe("of several prompts", () => {
    const prompts = ["abc", "f", "cabad", "abc", "ga"];
    const settings = (change: Partial<BatchGenerationRequest> = {}): BatchGenerationRequest => {
      const { prompt: _, ...rest } = request();
      return { ...rest, prompts, ...change };
    };
    async function all(generated: AsyncGenerator<GeneratedText>) {
      const texts: { ids: number[]; reason: string }[] = [];
      for await (const { tokens, stopReason } of generated) {
        texts.push({ ids: tokens.map(({ tokenId }) => tokenId), reason: stopReason });
      }
      return texts;
    }

    for (const [what, sampling] of [
      ["greedy", { temperature: 0 }],
      ["sampled", { temperature: 1.3, topK: 5, seed: 4 }],
    ] as const) {
      for (const whenFull of ["slide", "stop"] as const) {
        it(`writes what it writes of each alone: ${what}, ${whenFull}`, async () => {
          const together = await all(generator(whenFull).generateAll(settings({ ...sampling, maxNewTokens: 9 })));
          for (const [stream, prompt] of prompts.entries()) {
            const alone = request({ ...sampling, prompt, stream, maxNewTokens: 9 });
            const { ids, reason } = await written(generator(whenFull).generate(alone));
            expect(together[stream], `prompt ${stream}`).to.deep.equal({ ids, reason });
          }
          expect(together).to.have.length(prompts.length);
        });
      }
    }

    it("writes what whole passes find", async () => {
      const texts = await all(generator().generateAll(settings({ temperature: 0, maxNewTokens: 1 })));
      for (const [index, prompt] of prompts.entries()) {
        expect(texts[index]?.ids).to.deep.equal(await likeliest([...letters.encode(prompt)], 1));
      }
    });

    it("tells which prompts lost their beginning", async () => {
      const long = settings({
        prompts: ["ab", "ab".repeat(contextLength), "a".repeat(contextLength)],
        maxNewTokens: 1,
      });
      const cut: (boolean | undefined)[] = [];
      for await (const { isCut } of generator("slide").generateAll(long)) cut.push(isCut);
      expect(cut).to.deep.equal([undefined, true, undefined]);
    });

    it("draws for equal prompts from streams of their own", async () => {
      const texts = await all(generator("slide").generateAll(settings({ maxNewTokens: 12 })));
      expect(texts[0]?.ids).not.to.deep.equal(texts[3]?.ids);
    });

    it("draws from the streams that are named", async () => {
      const sampled = { seed: 4, maxNewTokens: 9, temperature: 1.3 };
      const texts = await all(generator().generateAll(settings(sampled)));
      const some = settings({ ...sampled, prompts: [prompts[3]!, prompts[1]!], streams: [3, 1] });
      expect(await all(generator().generateAll(some))).to.deep.equal([texts[3], texts[1]]);
    });

    it("lets each end by itself", async () => {
      const free = await all(generator().generateAll(settings({ temperature: 0, maxNewTokens: 9 })));
      const ending = { ...letters, special: { eos: free[0]?.ids[2] } };
      const texts = await all(generator("slide", ending).generateAll(settings({ temperature: 0, maxNewTokens: 9 })));
      for (const [index, { ids, reason }] of texts.entries()) {
        const whole = free[index]?.ids ?? [];
        const end = whole.indexOf(ending.special.eos as number);
        expect(ids).to.deep.equal(end < 0 ? whole : whole.slice(0, end));
        expect(reason).to.equal(end < 0 ? "length" : "eos");
      }
      expect(texts[0]?.reason).to.equal("eos");
    });

    it("ends all that are being written at the signal", async () => {
      const stopped = settings({ signal: AbortSignal.abort() });
      expect(await all(generator().generateAll(stopped))).to.deep.equal(
        prompts.map(() => ({ ids: [], reason: "signal" })),
      );
    });
  });

  it("refuses a checkpoint of another model", async () => {
    const other = { ...checkpoint, model: { ...checkpoint.model, "wpe.weight": checkpoint.model["wte.weight"] } };
    const error = await written(generator().generate(request({ checkpoint: other as LoadedCheckpoint }))).catch(
      (reason) => reason,
    );
    expect(error).to.have.property("code", "CODEX_TRAIN_MODEL_MISMATCH");
    expect(error.what).to.contain("wpe.weight is float32 [7, 8] in the checkpoint; it has to be float32 [6, 8]");
  });
});
