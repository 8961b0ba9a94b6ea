import { add, mul, reshape, split, sum, type Tensor, transpose } from "@tensorflow/tfjs-core";
import { causalAttention } from "../../operators/causal-attention.js";
import { dropoutMask } from "../../operators/dropout-mask.js";
import { embedding } from "../../operators/embedding.js";
import { gelu } from "../../operators/gelu.js";
import { layerNorm } from "../../operators/layer-norm.js";
import { linear } from "../../operators/linear.js";
import { tokenCrossEntropy } from "../../operators/token-cross-entropy.js";
import { normalValues } from "../../random/normal-values.js";
import { streamOfName } from "../../random/random-key.js";
import { floats, sizeOf } from "../host-tensors.js";
import type { HostTensor, NamedValues } from "../test-backend.js";

/** Sizes of the toy: all odd but the block count, so that nothing fits a vector register. */
export const toy = { vocabSize: 11, length: 7, batch: 3, width: 15, heads: 3, layers: 2, dropout: 0.1 } as const;

const { vocabSize, length, batch, width, heads, layers } = toy;

/** Shapes of the toy's parameters, named as GPT-2's. */
export const toyShapes: NamedValues<readonly number[]> = {
  "wte.weight": [vocabSize, width],
  "wpe.weight": [length, width],
  ...Object.fromEntries(
    Array.from({ length: layers }, (_, layer): [string, readonly number[]][] => [
      [`h.${layer}.ln_1.weight`, [width]],
      [`h.${layer}.ln_1.bias`, [width]],
      [`h.${layer}.attn.c_attn.weight`, [width, 3 * width]],
      [`h.${layer}.attn.c_attn.bias`, [3 * width]],
      [`h.${layer}.attn.c_proj.weight`, [width, width]],
      [`h.${layer}.attn.c_proj.bias`, [width]],
      [`h.${layer}.ln_2.weight`, [width]],
      [`h.${layer}.ln_2.bias`, [width]],
      [`h.${layer}.mlp.c_fc.weight`, [width, 4 * width]],
      [`h.${layer}.mlp.c_fc.bias`, [4 * width]],
      [`h.${layer}.mlp.c_proj.weight`, [4 * width, width]],
      [`h.${layer}.mlp.c_proj.bias`, [width]],
    ]).flat(),
  ),
  "ln_f.weight": [width],
  "ln_f.bias": [width],
};

/** Initial parameters: normal with deviation 0.1, scales around 1. */
export function toyParameters(): NamedValues<HostTensor> {
  return Object.fromEntries(
    Object.entries(toyShapes).map(([name, shape]) => {
      const mean = /ln_\w+\.weight$/.test(name) ? 1 : 0;
      const values = { seed: 1, stream: streamOfName(name), size: sizeOf(shape), standardDeviation: 0.1, mean };
      return [name, floats(shape, normalValues(values))];
    }),
  );
}

/** Shape of one place's dropout mask: attention has the odd sites, what joins the residual the even ones. */
export function toyMaskShape(site: number): number[] {
  return site % 2 === 1 ? [batch, heads, length, length] : [length * batch, width];
}

/** −log p of every target [T·B], time-major; ids and targets are int32 [T, B]. */
function toyLosses(parameters: NamedValues<Tensor>, ids: Tensor, targets: Tensor, key: Tensor): Tensor {
  const p = (name: string) => parameters[name]!;
  const rows = length * batch;
  const drop = (x: Tensor, site: number) =>
    mul(x, dropoutMask(key, { shape: toyMaskShape(site), rate: toy.dropout, site }));
  const norm = (x: Tensor, name: string) => layerNorm(x, p(`${name}.weight`), p(`${name}.bias`));
  const project = (x: Tensor, name: string) => linear(x, p(`${name}.weight`), p(`${name}.bias`));
  let x: Tensor = add(embedding(p("wte.weight"), ids), reshape(p("wpe.weight"), [length, 1, width]));
  x = drop(reshape(x, [rows, width]), 0);
  for (let layer = 0; layer < layers; layer += 1) {
    const block = `h.${layer}`;
    const parts = split(project(norm(x, `${block}.ln_1`), `${block}.attn.c_attn`), 3, 1);
    const [q, k, v] = parts.map((part) => reshape(part, [length, batch, heads, width / heads]));
    const mask = dropoutMask(key, { shape: toyMaskShape(1), rate: toy.dropout, site: 10 * layer + 1 });
    const attended = reshape(causalAttention(q!, k!, v!, { dropoutMask: mask }), [rows, width]);
    x = add(x, drop(project(attended, `${block}.attn.c_proj`), 10 * layer + 2));
    const hidden = gelu(project(norm(x, `${block}.ln_2`), `${block}.mlp.c_fc`));
    x = add(x, drop(project(hidden, `${block}.mlp.c_proj`), 10 * layer + 4));
  }
  const logits = linear(norm(x, "ln_f"), p("wte.weight"), undefined, { transposeWeight: true });
  return tokenCrossEntropy(logits, reshape(targets, [rows]));
}

/** Σ mask·loss of a microBatch in batch-major order: tokenIds, targetIds int32 [B, T], lossMask f32 [B, T]. */
export function toyLossSum(parameters: NamedValues<Tensor>, inputs: NamedValues<Tensor>): Tensor {
  const { tokenIds, targetIds, lossMask, key } = inputs;
  const losses = toyLosses(parameters, transpose(tokenIds!, [1, 0]), transpose(targetIds!, [1, 0]), key!);
  return sum(mul(transpose(reshape(losses, [length, batch]), [1, 0]), lossMask!));
}
