import * as tf from "@tensorflow/tfjs-core";
import type { BoundModel, DecodeOutput, DecodeSpan, Named, PackedLayout } from "codex-core";
import {
  cachedAttention,
  causalAttention,
  checkpointed,
  dropoutMask,
  embedding,
  gelu,
  layerNorm,
  linear,
  tokenCrossEntropy,
} from "codex-nn";
import { dropoutSites } from "./dropout-sites.js";
import { modelErrors } from "./errors.js";
import type { GptShape } from "./parameters.js";

type Tensor = tf.Tensor;
type Layout = PackedLayout<Tensor>;

/** Dropout of one pass: the share that is dropped and the key of its randomness, int32 [4]. */
export interface Dropout {
  readonly rate: number;
  readonly key: Tensor;
}

/** What differs in training. */
export interface TrainingPass {
  readonly dropout?: Dropout;
  /** Whether blocks keep only their input. */
  readonly activationCheckpointing?: boolean;
}

/** How a block attends: over its own sequence, or over cached sequences too. */
type Attend = (layer: number, query: Tensor, key: Tensor, value: Tensor, model: BoundGpt) => Tensor;

const layerNormEpsilon = 1e-5;

/**
 * The forward pass of GPT-2 over given parameters. Time comes before batch inside, [T, B, …] flattened to [T·B, C],
 * so that heads are a view of it and attention needs no transposes; only token ids, logits and losses are turned at
 * the border. All tensors belong to the caller's scope.
 */
export class BoundGpt implements BoundModel<Tensor> {
  private lastLogits: { readonly tokenIds: Tensor; readonly layout?: Layout; readonly flat: Tensor } | undefined;

  constructor(
    private readonly shape: GptShape,
    private readonly parameters: Named<Tensor>,
    private readonly training: TrainingPass = {},
  ) {}

  /** @throws CODEX_MODEL_CONTEXT_EXCEEDED when there are more tokens than the context holds. */
  logits(tokenIds: Tensor, layout?: Layout): Tensor {
    return this.batchMajor(this.flatLogits(tokenIds, layout), tokenIds);
  }

  /** @throws CODEX_MODEL_CONTEXT_EXCEEDED when there are more tokens than the context holds. */
  tokenLosses(tokenIds: Tensor, targetIds: Tensor, layout?: Layout): Tensor {
    const targets = tf.reshape(tf.transpose(targetIds, [1, 0]), [-1]);
    const losses = tokenCrossEntropy(this.flatLogits(tokenIds, layout), targets);
    const [batch, tokens] = sizes(tokenIds);
    return tf.transpose(tf.reshape(losses, [tokens, batch]), [1, 0]);
  }

  /** @throws CODEX_MODEL_CONTEXT_EXCEEDED when there are more tokens than the context holds. */
  decode(tokenIds: Tensor, span: DecodeSpan<Tensor>, cache: Named<Tensor>): DecodeOutput<Tensor> {
    const [batch, tokens] = this.checkedSizes(tokenIds);
    const { position } = span;
    const positions = position ? this.positionsFrom(position, tokens) : this.positionsInOrder(tokens);
    const grown: Record<string, Tensor> = {};
    const attend: Attend = (layer, query, key, value) => {
      const names = { key: `h.${layer}.key`, value: `h.${layer}.value` };
      const scale = this.attentionScale();
      const past = { key: entry(cache, names.key), value: entry(cache, names.value) };
      const attended = cachedAttention(query, key, value, past.key, past.value, position, { scale });
      grown[names.key] = attended.keyCache;
      grown[names.value] = attended.valueCache;
      return attended.y;
    };
    const x = this.blocks(this.embed(tokenIds, positions), tokenIds, attend);
    const logits = span.count
      ? this.head(lastRows(x, span.count, batch, tokens))
      : this.batchMajor(this.head(x), tokenIds);
    return { logits, cache: grown };
  }

  /** Logits [T·B, V] in time-major order. Kept for one set of ids, so that losses and logits share one pass. */
  private flatLogits(tokenIds: Tensor, layout: Layout | undefined): Tensor {
    const last = this.lastLogits;
    if (last?.tokenIds === tokenIds && sameLayout(last.layout, layout)) return last.flat;
    const [batch, tokens] = this.checkedSizes(tokenIds);
    const positions = layout ? this.packedPositions(layout) : this.positionsInOrder(tokens);
    const segmentIds = layout?.segmentIds;
    const attend: Attend = (layer, query, key, value, model) => {
      const mask = model.mask([batch, this.shape.headCount, tokens, tokens], dropoutSites.attention(layer));
      return causalAttention(query, key, value, { scale: this.attentionScale(), dropoutMask: mask, segmentIds });
    };
    const flat = this.head(this.blocks(this.embed(tokenIds, positions), tokenIds, attend));
    this.lastLogits = { tokenIds, layout, flat };
    return flat;
  }

  /** Embeddings [T, 1, C] of the places 0 to T - 1. */
  private positionsInOrder(tokens: number): Tensor {
    const table = this.parameter("wpe.weight");
    return this.forAllSequences(tokens === this.shape.contextLength ? table : tf.slice(table, [0, 0], [tokens, -1]));
  }

  /** Embeddings [T, B, C] of T places of each sequence, from position [B] on; padding may reach past the context. */
  private positionsFrom(position: Tensor, tokens: number): Tensor {
    const places = tf.add(tf.reshape(tf.range(0, tokens, 1, "int32"), [tokens, 1]), tf.reshape(position, [1, -1]));
    const held = tokens === 1 ? places : tf.minimum(places, tf.scalar(this.shape.contextLength - 1, "int32"));
    return embedding(this.parameter("wpe.weight"), held);
  }

  /** Embeddings [T, B, C] of each token's place in its document. */
  private packedPositions({ positionIds }: Layout): Tensor {
    return embedding(this.parameter("wpe.weight"), tf.transpose(positionIds, [1, 0]));
  }

  /** [T, C] → [T, 1, C] */
  private forAllSequences(positions: Tensor): Tensor {
    return tf.reshape(positions, [positions.shape[0] as number, 1, this.shape.embedDim]);
  }

  /** Token and position embeddings [T·B, C] of tokenIds [B, T]; positions are [T, 1 or B, C]. */
  private embed(tokenIds: Tensor, positions: Tensor): Tensor {
    const [batch, tokens] = sizes(tokenIds);
    const width = this.shape.embedDim;
    const rows = embedding(this.parameter("wte.weight"), tf.transpose(tokenIds, [1, 0]));
    return this.drop(tf.reshape(tf.add(rows, positions), [tokens * batch, width]), dropoutSites.embedding);
  }

  private blocks(embedded: Tensor, tokenIds: Tensor, attend: Attend): Tensor {
    let x = embedded;
    for (let layer = 0; layer < this.shape.layerCount; layer += 1) {
      const block = this.training.activationCheckpointing ? this.checkpointedBlock : this.block;
      x = block.call(this, layer, x, tokenIds, attend);
    }
    return x;
  }

  private block(layer: number, x: Tensor, tokenIds: Tensor, attend: Attend): Tensor {
    const attended = this.attention(layer, this.norm(`h.${layer}.ln_1`, x), tokenIds, attend);
    const between = tf.add(x, this.drop(attended, dropoutSites.attentionResidual(layer)));
    const transformed = this.mlp(layer, this.norm(`h.${layer}.ln_2`, between));
    return tf.add(between, this.drop(transformed, dropoutSites.mlpResidual(layer)));
  }

  /** The block over what a checkpoint hands it: its own parameters, its input and the random key. */
  private checkpointedBlock(layer: number, x: Tensor, tokenIds: Tensor, attend: Attend): Tensor {
    const own = Object.entries(this.parameters).filter(([name]) => name.startsWith(`h.${layer}.`));
    const { dropout } = this.training;
    return checkpointed(
      ({ activations: [input], parameters, constants: [key] }) => {
        const given = Object.fromEntries(own.map(([name], index) => [name, parameters[index]!]));
        const training = dropout && key ? { dropout: { ...dropout, key } } : {};
        return new BoundGpt(this.shape, given, training).block(layer, input!, tokenIds, attend);
      },
      { activations: [x], parameters: own.map(([, tensor]) => tensor), constants: dropout ? [dropout.key] : [] },
    );
  }

  private attention(layer: number, x: Tensor, tokenIds: Tensor, attend: Attend): Tensor {
    const [batch, tokens] = sizes(tokenIds);
    const { headCount, embedDim } = this.shape;
    const heads = [tokens, batch, headCount, embedDim / headCount];
    const parts = tf.split(this.linear(`h.${layer}.attn.c_attn`, x), 3, 1);
    const [query, key, value] = parts.map((part) => tf.reshape(part, heads)) as [Tensor, Tensor, Tensor];
    const y = attend(layer, query, key, value, this);
    return this.linear(`h.${layer}.attn.c_proj`, tf.reshape(y, [tokens * batch, embedDim]));
  }

  private mlp(layer: number, x: Tensor): Tensor {
    return this.linear(`h.${layer}.mlp.c_proj`, gelu(this.linear(`h.${layer}.mlp.c_fc`, x)));
  }

  /** Logits [T·B, V] by the tied head. */
  private head(x: Tensor): Tensor {
    return linear(this.norm("ln_f", x), this.parameter("wte.weight"), undefined, { transposeWeight: true });
  }

  private linear(name: string, x: Tensor): Tensor {
    return linear(x, this.parameter(`${name}.weight`), this.bias(name));
  }

  private norm(name: string, x: Tensor): Tensor {
    return layerNorm(x, this.parameter(`${name}.weight`), this.bias(name), layerNormEpsilon);
  }

  private bias(name: string): Tensor | undefined {
    return this.shape.bias ? this.parameter(`${name}.bias`) : undefined;
  }

  private parameter(name: string): Tensor {
    return entry(this.parameters, name);
  }

  private attentionScale(): number {
    return 1 / Math.sqrt(this.shape.embedDim / this.shape.headCount);
  }

  private mask(shape: number[], site: number): Tensor | undefined {
    const { dropout } = this.training;
    return dropout && dropoutMask(dropout.key, { shape, rate: dropout.rate, site });
  }

  private drop(x: Tensor, site: number): Tensor {
    const mask = this.mask(x.shape, site);
    return mask ? tf.mul(x, mask) : x;
  }

  /** [T·B, V] → [B, T, V]. */
  private batchMajor(flat: Tensor, tokenIds: Tensor): Tensor {
    const [batch, tokens] = sizes(tokenIds);
    return tf.transpose(tf.reshape(flat, [tokens, batch, this.shape.vocabSize]), [1, 0, 2]);
  }

  private checkedSizes(tokenIds: Tensor): readonly [batch: number, tokens: number] {
    const [batch, tokens] = sizes(tokenIds);
    if (tokens > this.shape.contextLength) {
      throw modelErrors.CODEX_MODEL_CONTEXT_EXCEEDED({
        what: `A sequence has ${tokens} tokens, the context ${this.shape.contextLength}.`,
      });
    }
    return [batch, tokens];
  }
}

function sameLayout(a: Layout | undefined, b: Layout | undefined): boolean {
  return a?.positionIds === b?.positionIds && a?.segmentIds === b?.segmentIds;
}

/** Row count - 1 of each sequence: x [T·B, C] in time-major order, count [B] → [B, C]. */
function lastRows(x: Tensor, count: Tensor, batch: number, tokens: number): Tensor {
  if (tokens === 1) return x;
  const rows = tf.add(tf.mul(tf.sub(count, 1), batch), tf.range(0, batch, 1, "int32"));
  return tf.gather(x, tf.cast(rows, "int32"));
}

function sizes(tokenIds: Tensor): readonly [batch: number, tokens: number] {
  return tokenIds.shape as [number, number];
}

function entry(tensors: Named<Tensor>, name: string): Tensor {
  const tensor = tensors[name];
  if (!tensor) throw modelErrors.CODEX_MODEL_PARAMETER_MISSING({ what: `${name} is not bound.`, where: name });
  return tensor;
}
