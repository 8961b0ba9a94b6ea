import { definePoint } from "./contribution-point.js";
import type { JsonObject, Named } from "./json.js";
import type { DataType, TensorSpec, TensorSpecs } from "./tensor-data.js";

/** What a model is built for. */
export interface ModelSpec {
  readonly vocabSize: number;
  readonly dtype: DataType;
}

/** What a model will need, known before anything is built. */
export interface ModelPlan {
  readonly parameterCount: number;
  /** Bytes of one copy of the parameters. */
  readonly parameterBytes: number;
  /**
   * Estimated bytes of what the forward pass keeps for the backward pass, per token of a microBatch, where operators are
   * fused: attention keeps no probabilities, and dropout masks are drawn again.
   */
  readonly activationBytesPerToken: number;
  /** Estimated bytes that are kept besides where operators are composed, per token of a microBatch. */
  readonly composedBytesPerToken?: number;
  /** Bytes of one copy of the logits, per token of a microBatch. Left out: `activationBytesPerToken` counts them. */
  readonly logitsBytesPerToken?: number;
  /** Bytes of the largest parameter. Left out: too small to count. */
  readonly largestParameterBytes?: number;
  /** Token ids that the embedding has rows for, where that is not the `vocabSize` that was asked for. */
  readonly vocabSize?: number;
  /** Floating-point operations of one forward pass, per token (a multiply-add counts 2). */
  readonly forwardFlopsPerToken: number;
  readonly contextLength: number;
}

/** How a forward pass is meant. */
export interface ForwardContext<Tensor> {
  /** True in training: dropout is on. */
  readonly training: boolean;
  /**
   * Key of all randomness of this pass: int32 [4] = seed's low word, its high word, step, microStep. Needed when
   * `training` is true and the model drops out.
   */
  readonly randomKey?: Tensor;
}

/** Where the new tokens of a decoding pass stand. */
export interface DecodeSpan<Tensor> {
  /** int32 [batch]: each sequence's place of its first new token. Left out: all sequences begin here, at 0. */
  readonly position?: Tensor;
  /**
   * int32 [batch]: new tokens of each sequence, from 1 on; what follows them is padding. Left out: none is padding; only
   * models with `cachesByPlace` are asked without.
   */
  readonly count?: Tensor;
}

/** What a decoding pass gives back. */
export interface DecodeOutput<Tensor> {
  /** With `count` [batch, vocabSize] f32, after each sequence's last new token; else [batch, tokens, vocabSize], after each. */
  readonly logits: Tensor;
  readonly cache: Named<Tensor>;
}

/** Where each token of packed rows stands. */
export interface PackedLayout<Tensor> {
  /** [microBatch, contextLength] int32: the token's place in its document. */
  readonly positionIds: Tensor;
  /** [microBatch, contextLength] int32: a token attends only to earlier tokens of the same segment. */
  readonly segmentIds: Tensor;
}

/** A model with its parameters filled in, inside a program's body. */
export interface BoundModel<Tensor> {
  /** tokenIds [microBatch, contextLength] int32 → logits [microBatch, contextLength, vocabSize] f32. */
  logits(tokenIds: Tensor, layout?: PackedLayout<Tensor>): Tensor;
  /**
   * −log p(target) in nats, [microBatch, contextLength] f32, of targetIds [microBatch, contextLength] int32. The way
   * to a loss: logits need not be kept.
   */
  tokenLosses(tokenIds: Tensor, targetIds: Tensor, layout?: PackedLayout<Tensor>): Tensor;
  /**
   * Begins or continues cached sequences by tokenIds [batch, tokens] int32. Returns logits and the new cache, of the
   * shapes that `cacheSpecs` gives. Padding may leave anything behind in the cache where a later token is written before
   * it is read.
   */
  decode(tokenIds: Tensor, span: DecodeSpan<Tensor>, cache: Named<Tensor>): DecodeOutput<Tensor>;
}

/** A decoder-only language model. Holds no tensors: parameters live in the compute backend, by name. */
export interface CausalLanguageModel<Tensor> {
  /** Family and sizes; saved as model.json in checkpoints. */
  readonly description: JsonObject;
  readonly vocabSize: number;
  readonly contextLength: number;
  /** Specifications of all parameters, in a fixed order. */
  readonly parameters: TensorSpecs;
  /** Initial values, one parameter at a time, in the order of `parameters`; the same seed gives the same bits. */
  initialize(seed: number): Iterable<readonly [name: string, values: Float32Array]>;
  /** Binds parameter tensors inside a program's body. */
  bind(parameters: Named<Tensor>, context: ForwardContext<Tensor>): BoundModel<Tensor>;
  /** Key/value cache of `decode` for a batch and a capacity in tokens. */
  cacheSpecs(batch: number, capacity: number): Named<TensorSpec>;
  /**
   * Present where the cache holds each token at its place, so that a pass from an earlier place overwrites what is behind
   * before it reads it: guesses that did not come true can be taken back. `decode` is then asked without `count`, too.
   */
  readonly cachesByPlace?: true;
}

/** Builds a model from its options. */
export interface ModelLoader<Tensor> {
  /** Touches no device. @throws a coded error for sizes that do not fit together. */
  plan(spec: ModelSpec): ModelPlan;
  load(spec: ModelSpec): Promise<CausalLanguageModel<Tensor>>;
  /** Options, whole numbers from 1 on, of which a smaller one makes a smaller model, with their values. */
  readonly sizes?: Named<number>;
  /** The loader with one of its sizes changed. */
  resized?(name: string, value: number): ModelLoader<Tensor>;
}

export const ModelPoint = definePoint<ModelLoader<unknown>, "one">("model", {
  cardinality: "one",
  failurePolicy: "closed",
});
