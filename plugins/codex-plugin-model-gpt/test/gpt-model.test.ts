import { expect } from "chai";
import { GptLoader, GptModel, gptOptions, parameterSpecs } from "codex-plugin-model-gpt";
import { tinyModel, tinyOptions, vocabSize } from "./support/eager-model.js";

const deviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

describe("GptModel", () => {
  it("has GPT-2's parameters under their names", () => {
    const specs = parameterSpecs({ ...tinyOptions, layerCount: 1, vocabSize });
    expect(Object.fromEntries(Object.entries(specs).map(([name, { shape }]) => [name, shape]))).to.deep.equal({
      "wte.weight": [11, 12],
      "wpe.weight": [7, 12],
      "h.0.ln_1.weight": [12],
      "h.0.ln_1.bias": [12],
      "h.0.attn.c_attn.weight": [12, 36],
      "h.0.attn.c_attn.bias": [36],
      "h.0.attn.c_proj.weight": [12, 12],
      "h.0.attn.c_proj.bias": [12],
      "h.0.ln_2.weight": [12],
      "h.0.ln_2.bias": [12],
      "h.0.mlp.c_fc.weight": [12, 48],
      "h.0.mlp.c_fc.bias": [48],
      "h.0.mlp.c_proj.weight": [48, 12],
      "h.0.mlp.c_proj.bias": [12],
      "ln_f.weight": [12],
      "ln_f.bias": [12],
    });
  });

  it("has no biases when they are off", () => {
    const names = Object.keys(parameterSpecs({ ...tinyOptions, bias: false, vocabSize }));
    expect(names.filter((name) => name.endsWith(".bias"))).to.deep.equal([]);
    expect(names).to.include("h.1.ln_2.weight");
  });

  it("starts with GPT-2's initial values", () => {
    const shape = { ...tinyOptions, layerCount: 8, embedDim: 60, headCount: 3, vocabSize: 100 };
    const values = new Map(new GptModel(shape, 0).initialize(3));
    expect([...values.keys()]).to.deep.equal(Object.keys(parameterSpecs(shape)));
    expect(deviation(values.get("wte.weight") as Float32Array)).to.be.closeTo(0.02, 0.0006);
    expect(deviation(values.get("h.7.attn.c_attn.weight") as Float32Array)).to.be.closeTo(0.02, 0.0006);
    expect(deviation(values.get("h.7.attn.c_proj.weight") as Float32Array)).to.be.closeTo(0.02 / 4, 0.0002);
    expect(deviation(values.get("h.0.mlp.c_proj.weight") as Float32Array)).to.be.closeTo(0.02 / 4, 0.0002);
    expect(values.get("h.3.ln_1.weight")?.every((value) => value === 1)).to.equal(true);
    expect(values.get("h.3.mlp.c_fc.bias")?.every((value) => value === 0)).to.equal(true);
  });

  it("starts with the same bits for the same seed, and others for each parameter and seed", async () => {
    const { model } = await tinyModel();
    const drawn = (seed: number) => new Map(model.initialize(seed));
    expect(drawn(1)).to.deep.equal(drawn(1));
    expect(drawn(1).get("wte.weight")).not.to.deep.equal(drawn(2).get("wte.weight"));
    expect(drawn(1).get("h.0.attn.c_attn.weight")).not.to.deep.equal(drawn(1).get("h.1.attn.c_attn.weight"));
  });

  it("describes its family and sizes", async () => {
    const { model } = await tinyModel();
    expect(model.description).to.deep.equal({ family: "gpt2", ...tinyOptions, vocabSize });
  });

  it("keeps a key and a value for each block", async () => {
    const { model } = await tinyModel();
    const spec = { shape: [1, 3, 5, 4], dtype: "float32" };
    expect(model.cacheSpecs(1, 5)).to.deep.equal({
      "h.0.key": spec,
      "h.0.value": spec,
      "h.1.key": spec,
      "h.1.value": spec,
    });
  });

  it("names a parameter that is not bound", async () => {
    const { model } = await tinyModel();
    expect(() => model.bind({}, { training: false })).to.throw(
      "CODEX_MODEL_PARAMETER_MISSING: The parameter wte.weight",
    );
  });
});

describe("GptLoader", () => {
  const loader = (change: object) => new GptLoader(gptOptions.parse(change));

  it("plans GPT-2's parameters before anything is built", () => {
    const plan = loader({}).plan({ vocabSize: 50257, dtype: "float32" });
    expect(plan.parameterCount).to.equal(124_439_808);
    expect(plan.parameterBytes).to.equal(4 * 124_439_808);
    expect(plan.contextLength).to.equal(1024);
    expect(plan.forwardFlopsPerToken).to.equal(12 * (24 * 768 ** 2 + 4 * 1024 * 768) + 2 * 50257 * 768);
    expect(plan.activationBytesPerToken).to.equal(4 * (12 * (16 * 768 + 2 * 12) + 2 * 768));
    expect(plan.composedBytesPerToken).to.equal(4 * 12 * (3 * 768 + (12 * 1024 * 5) / 8 - 2 * 12));
    expect(plan.logitsBytesPerToken).to.equal(4 * 50257);
    expect(plan.largestParameterBytes).to.equal(4 * 50257 * 768);
  });

  it("can be made smaller in context and layers", () => {
    const plan = (name: string, value: number) =>
      loader({}).resized(name, value).plan({ vocabSize: 5, dtype: "float32" });
    expect(loader({}).sizes).to.deep.equal({ contextLength: 1024, layerCount: 12 });
    expect(plan("contextLength", 128).contextLength).to.equal(128);
    const perLayer = 12 * 768 ** 2 + 13 * 768;
    expect(plan("layerCount", 12).parameterCount - plan("layerCount", 3).parameterCount).to.equal(9 * perLayer);
  });

  it("counts masks, and the probabilities that are left, when dropping out with composed operators", () => {
    const plan = (dropout: number) => loader({ dropout }).plan({ vocabSize: 1, dtype: "float32" });
    const masks = 4 * (12 * (2 * 768 + (2 * 12 * 1024 * 5) / 8) + 768);
    expect(plan(0.1).composedBytesPerToken! - plan(0).composedBytesPerToken!).to.equal(masks);
    expect(plan(0.1).activationBytesPerToken).to.equal(plan(0).activationBytesPerToken);
  });

  for (const [embedDim, headCount, fix] of [
    [390, 4, "Use embedDim 392, or headCount 5."],
    [768, 11, "Use embedDim 770, or headCount 12."],
    [2, 3, "Use embedDim 3, or headCount 2."],
    [7, 2, "Use embedDim 8, or headCount 1."],
  ] as const) {
    it(`says what fits when ${embedDim} is not split by ${headCount} heads`, () => {
      const plan = () => loader({ embedDim, headCount }).plan({ vocabSize: 5, dtype: "float32" });
      expect(plan).to.throw(`CODEX_MODEL_HEAD_SPLIT: embedDim ${embedDim} cannot be split across ${headCount} heads.`);
      try {
        plan();
      } catch (error) {
        expect(error).to.include({ fix, exitCode: 2 });
      }
    });
  }

  it("computes in float32 only", async () => {
    const error = await loader({})
      .load({ vocabSize: 5, dtype: "int32" })
      .catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_MODEL_DTYPE");
  });
});
