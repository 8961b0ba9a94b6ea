import type { CausalLanguageModel, ModelLoader, ModelPlan, ModelSpec } from "../../contracts/model-loader.js";

/** A model of one number for each token, for kernels that run without tensors. Its passes are not to be called. */
export class FakeModelLoader implements ModelLoader<unknown> {
  readonly plannedFor: ModelSpec[] = [];

  plan(spec: ModelSpec): ModelPlan {
    this.plannedFor.push(spec);
    return {
      parameterCount: spec.vocabSize,
      parameterBytes: spec.vocabSize * 4,
      activationBytesPerToken: 0,
      forwardFlopsPerToken: 0,
      contextLength: 4,
    };
  }

  async load({ vocabSize }: ModelSpec): Promise<CausalLanguageModel<unknown>> {
    return {
      description: { family: "fake" },
      vocabSize,
      contextLength: 4,
      parameters: { weight: { shape: [vocabSize], dtype: "float32" } },
      initialize: (seed) => [
        ["weight", Float32Array.from({ length: vocabSize }, (_, index) => Math.sin(seed + index))],
      ],
      bind: () => {
        throw new TypeError("the fake model has no passes");
      },
      cacheSpecs: () => ({}),
    };
  }
}
