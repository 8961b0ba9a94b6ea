import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  Batch,
  BatchShape,
  CausalLanguageModel,
  ComputeBackend,
  Continuation,
  Program,
  ScoredContinuation,
  Tokenizer,
} from "codex-core";
import { nextTurn } from "../step/next-turn.js";
import { ShapePrograms } from "../step/shape-programs.js";
import { picked, renamed, stateNames } from "../step/state-names.js";
import { type ContinuationRow, encodeContinuation } from "./encode-continuation.js";
import { scoredRows } from "./scored-rows.js";
import { TextCounter } from "./text-counter.js";
import { tokenFacts } from "./token-facts.js";

/** What texts are scored with; the model's parameters are resident. */
export interface ScoringParts {
  readonly backend: ComputeBackend<Tensor>;
  readonly model: CausalLanguageModel<Tensor>;
  readonly tokenizer: Tokenizer;
  readonly microBatch: number;
  readonly signal: AbortSignal;
}

const shortestRow = 16;

/**
 * The tokens of each text after its context, in order. Rows are padded to 16, 32, 64 … tokens or the whole context, so
 * that few programs serve all; padding changes nothing.
 *
 * @throws CODEX_EVALUATE_CONTINUATION, the signal's reason
 */
export async function* scoreContinuations(
  { backend, model, tokenizer, microBatch, signal }: ScoringParts,
  continuations: readonly Continuation[],
): AsyncGenerator<ScoredContinuation, void, void> {
  const { contextLength } = model;
  const shapes = rowLengths(contextLength).map((length) => ({ microBatch, contextLength: length }));
  const programs = new ShapePrograms(shapes, (shape) => backend.compile(scoreProgram(model, shape)));
  const counter = new TextCounter(tokenizer);
  try {
    for (let start = 0; start < continuations.length; start += microBatch) {
      signal.throwIfAborted();
      const group = continuations.slice(start, start + microBatch);
      const rows = group.map((each) => encodeContinuation(each, tokenizer, contextLength));
      const longest = Math.max(...rows.map(({ tokenIds }) => tokenIds.length));
      const shape = shapes.find((each) => each.contextLength >= longest) as BatchShape;
      const { lossMask, ...inputs } = batchOf(rows, shape);
      const outputs = await programs.run(inputs);
      const facts = { batch: { ...inputs, lossMask } as Batch, outputs, microBatch };
      let index = 0;
      for (const tokens of scoredRows(facts, counter)) {
        counter.end();
        const { isCut } = rows[index++] as ContinuationRow;
        yield isCut ? { ...tokens, isCut } : tokens;
      }
      await nextTurn();
    }
  } finally {
    await programs.dispose();
  }
}

/**
 * Inputs: `tokenIds`, `targetIds` [microBatch, contextLength] int32. Outputs: those of `tokenFacts`.
 */
function scoreProgram(model: CausalLanguageModel<Tensor>, { microBatch, contextLength }: BatchShape): Program<Tensor> {
  const spec = { shape: [microBatch, contextLength], dtype: "int32" } as const;
  return {
    name: "score",
    state: renamed(model.parameters, stateNames.parameter),
    inputs: { tokenIds: spec, targetIds: spec },
    body(state, { tokenIds, targetIds }) {
      const parameters = picked(state, Object.keys(model.parameters), stateNames.parameter);
      const bound = model.bind(parameters, { training: false });
      return { outputs: tokenFacts(bound, { tokenIds: tokenIds as Tensor, targetIds: targetIds as Tensor }) };
    },
  };
}

function rowLengths(contextLength: number): number[] {
  const lengths: number[] = [];
  for (let length = shortestRow; length < contextLength; length *= 2) lengths.push(length);
  return [...lengths, contextLength];
}

/** Rows on the left of their places, padding on the right; lossMask is 1 where a token of the text is the target. */
function batchOf(rows: readonly ContinuationRow[], { microBatch, contextLength }: BatchShape) {
  const size = microBatch * contextLength;
  const batch = { tokenIds: new Int32Array(size), targetIds: new Int32Array(size), lossMask: new Float32Array(size) };
  for (const [index, { tokenIds, targetIds, scored }] of rows.entries()) {
    const start = index * contextLength;
    batch.tokenIds.set(tokenIds, start);
    batch.targetIds.set(targetIds, start);
    batch.lossMask.fill(1, start + targetIds.length - scored, start + targetIds.length);
  }
  return batch;
}
