import type { ModelLoader, ModelPlan } from "codex-core";
import { FakeModelLoader } from "codex-core/testing";
import type { RunPlanFacts } from "#src/plan/plan-run.js";

/** A model of a million parameters in ten layers. */
export const modelPlan: ModelPlan = {
  parameterCount: 1_000_000,
  parameterBytes: 4_000_000,
  activationBytesPerToken: 40_000,
  composedBytesPerToken: 60_000,
  logitsBytesPerToken: 1000,
  largestParameterBytes: 1_000_000,
  forwardFlopsPerToken: 2_000_000,
  contextLength: 100,
};

/** Facts of a run of which everything is known. */
export const facts: RunPlanFacts = {
  model: modelPlan,
  trainer: { microBatch: 12, gradAccumSteps: 2, maxSteps: 10 },
  compute: { activationPeak: 1.5, processBytes: 200_000_000 },
  checkpoint: { mostOnDisk: 3 },
  data: {},
  optimizerSlots: 2,
};

/** A loader whose models are as large as their layers are many. */
export class LayeredLoader extends FakeModelLoader {
  constructor(
    readonly layerCount = 10,
    readonly contextLength = 100,
  ) {
    super();
  }

  get sizes() {
    return { contextLength: this.contextLength, layerCount: this.layerCount };
  }

  resized(name: string, value: number): ModelLoader<unknown> {
    return name === "layerCount"
      ? new LayeredLoader(value, this.contextLength)
      : new LayeredLoader(this.layerCount, value);
  }

  override plan(): ModelPlan {
    const share = this.layerCount / 10;
    return {
      ...modelPlan,
      parameterBytes: modelPlan.parameterBytes * share,
      activationBytesPerToken: modelPlan.activationBytesPerToken * share,
      composedBytesPerToken: modelPlan.composedBytesPerToken! * share,
      contextLength: this.contextLength,
    };
  }
}
