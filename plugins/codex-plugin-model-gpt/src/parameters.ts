import type { TensorSpec, TensorSpecs } from "codex-core";

/** Sizes of a GPT-2 model. */
export interface GptShape {
  readonly vocabSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly embedDim: number;
  readonly contextLength: number;
  readonly bias: boolean;
}

/**
 * All parameters in GPT-2's names and layout: weights of linear layers are [in, out], and the head is tied to
 * `wte.weight`.
 */
export function parameterSpecs(shape: GptShape): TensorSpecs {
  const { vocabSize, layerCount, embedDim, contextLength } = shape;
  const specs: Record<string, TensorSpec> = {};
  const add = (name: string, ...dimensions: number[]) => {
    specs[name] = { shape: dimensions, dtype: "float32" };
  };
  const addBias = (name: string, width: number) => {
    if (shape.bias) add(name, width);
  };
  const addNorm = (name: string) => {
    add(`${name}.weight`, embedDim);
    addBias(`${name}.bias`, embedDim);
  };
  const addLinear = (name: string, from: number, to: number) => {
    add(`${name}.weight`, from, to);
    addBias(`${name}.bias`, to);
  };
  add("wte.weight", vocabSize, embedDim);
  add("wpe.weight", contextLength, embedDim);
  for (let layer = 0; layer < layerCount; layer += 1) {
    addNorm(`h.${layer}.ln_1`);
    addLinear(`h.${layer}.attn.c_attn`, embedDim, 3 * embedDim);
    addLinear(`h.${layer}.attn.c_proj`, embedDim, embedDim);
    addNorm(`h.${layer}.ln_2`);
    addLinear(`h.${layer}.mlp.c_fc`, embedDim, 4 * embedDim);
    addLinear(`h.${layer}.mlp.c_proj`, 4 * embedDim, embedDim);
  }
  addNorm("ln_f");
  return specs;
}

/** Number of values in a tensor of this specification. */
export function sizeOf(spec: TensorSpec): number {
  return spec.shape.reduce((product, length) => product * length, 1);
}
