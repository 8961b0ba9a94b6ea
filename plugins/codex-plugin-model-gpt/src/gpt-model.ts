import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  BoundModel,
  CausalLanguageModel,
  ForwardContext,
  JsonObject,
  Named,
  TensorSpec,
  TensorSpecs,
} from "codex-core";
import { BoundGpt } from "./bound-gpt.js";
import { modelErrors } from "./errors.js";
import { initialValues } from "./initial-values.js";
import { type GptShape, parameterSpecs } from "./parameters.js";

/**
 * A GPT-2 model: learned positions, layer norm before each branch, tanh GELU, a head tied to the token embedding.
 *
 * @source Radford et al. 2019, Language Models are Unsupervised Multitask Learners, section 2.3
 */
export class GptModel implements CausalLanguageModel<Tensor> {
  readonly description: JsonObject;
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly cachesByPlace = true;
  readonly parameters: TensorSpecs;

  constructor(
    private readonly shape: GptShape,
    private readonly dropout: number,
    private readonly activationCheckpointing = false,
  ) {
    this.description = { family: "gpt2", ...shape, dropout };
    this.vocabSize = shape.vocabSize;
    this.contextLength = shape.contextLength;
    this.parameters = parameterSpecs(shape);
  }

  initialize(seed: number): Iterable<readonly [name: string, values: Float32Array]> {
    return initialValues(this.parameters, this.shape.layerCount, seed);
  }

  /**
   * @throws CODEX_MODEL_PARAMETER_MISSING when a parameter is not given.
   * @throws CODEX_MODEL_RANDOM_KEY when the model drops out and gets no key.
   */
  bind(parameters: Named<Tensor>, context: ForwardContext<Tensor>): BoundModel<Tensor> {
    for (const name of Object.keys(this.parameters)) {
      if (!parameters[name]) {
        throw modelErrors.CODEX_MODEL_PARAMETER_MISSING({ what: `The parameter ${name} is not bound.`, where: name });
      }
    }
    if (!context.training) return new BoundGpt(this.shape, parameters);
    const { activationCheckpointing } = this;
    if (this.dropout === 0) return new BoundGpt(this.shape, parameters, { activationCheckpointing });
    if (!context.randomKey) {
      throw modelErrors.CODEX_MODEL_RANDOM_KEY({ what: `Dropout ${this.dropout} needs a random key.` });
    }
    const dropout = { rate: this.dropout, key: context.randomKey };
    return new BoundGpt(this.shape, parameters, { dropout, activationCheckpointing });
  }

  cacheSpecs(batch: number, capacity: number): Named<TensorSpec> {
    const { layerCount, headCount, embedDim } = this.shape;
    const spec: TensorSpec = { shape: [batch, headCount, capacity, embedDim / headCount], dtype: "float32" };
    const specs: Record<string, TensorSpec> = {};
    for (let layer = 0; layer < layerCount; layer += 1) {
      specs[`h.${layer}.key`] = spec;
      specs[`h.${layer}.value`] = spec;
    }
    return specs;
  }
}
