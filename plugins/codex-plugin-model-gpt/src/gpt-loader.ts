import type { Tensor } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, ModelLoader, ModelPlan, ModelSpec } from "codex-core";
import { modelErrors } from "./errors.js";
import { GptModel } from "./gpt-model.js";
import { checkHeadSplit } from "./head-split.js";
import type { GptOptions } from "./options.js";
import type { GptShape } from "./parameters.js";
import { planGpt } from "./plan.js";

/** Builds GPT-2 models of one configuration. */
export class GptLoader implements ModelLoader<Tensor> {
  constructor(private readonly options: GptOptions) {}

  /** What may be made smaller to fit, whatever the other options are. */
  get sizes() {
    const { contextLength, layerCount } = this.options;
    return { contextLength, layerCount };
  }

  resized(name: string, value: number): GptLoader {
    return new GptLoader({ ...this.options, [name]: value });
  }

  /** @throws CODEX_MODEL_HEAD_SPLIT, CODEX_MODEL_DTYPE */
  plan(spec: ModelSpec): ModelPlan {
    return planGpt(this.shapeFor(spec), this.options);
  }

  /** @throws CODEX_MODEL_HEAD_SPLIT, CODEX_MODEL_DTYPE */
  async load(spec: ModelSpec): Promise<CausalLanguageModel<Tensor>> {
    return new GptModel(this.shapeFor(spec), this.options.dropout, this.options.activationCheckpointing);
  }

  private shapeFor(spec: ModelSpec): GptShape {
    const { layerCount, headCount, embedDim, contextLength, bias } = this.options;
    checkHeadSplit(embedDim, headCount);
    if (spec.dtype !== "float32") {
      throw modelErrors.CODEX_MODEL_DTYPE({ what: `The model computes in float32, not in ${spec.dtype}.` });
    }
    return { vocabSize: spec.vocabSize, layerCount, headCount, embedDim, contextLength, bias };
  }
}
