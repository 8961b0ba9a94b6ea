import type { Batch, Named, ScoredTokens, TypedArray } from "codex-core";
import type { TextCounter } from "./text-counter.js";
import { tokenOutputs } from "./token-facts.js";

/** What the facts of a batch's tokens are read from. */
export interface BatchFacts {
  readonly batch: Batch;
  readonly outputs: Named<TypedArray>;
  readonly microBatch: number;
}

/** The tokens that count in each row of a batch, rows without one left out. */
export function* scoredRows({ batch, outputs, microBatch }: BatchFacts, counter: TextCounter): Generator<ScoredTokens> {
  const { targetIds, lossMask } = batch as { [Name in "targetIds" | "lossMask"]: Int32Array | Float32Array };
  const facts = (name: keyof typeof tokenOutputs) => outputs[tokenOutputs[name]] as Float32Array;
  const rowLength = targetIds.length / microBatch;
  for (let row = 0; row < microBatch; row += 1) {
    const places: number[] = [];
    for (let place = row * rowLength; place < (row + 1) * rowLength; place += 1) {
      if (lossMask[place] !== 0) places.push(place);
    }
    if (places.length === 0) continue;
    const at = (values: Float32Array) => Float32Array.from(places, (place) => values[place] as number);
    yield {
      logProbabilities: at(facts("logProbabilities")),
      ranks: at(facts("ranks")),
      // Rounding may lead past 1.
      confidences: at(facts("confidences")).map((confidence) => Math.min(1, confidence)),
      ...counter.push(places.map((place) => Number(targetIds[place]))),
    };
    // A row that goes on to its end may be a piece of a text that the next row goes on with.
    const endsText = places.at(-1) !== (row + 1) * rowLength - 1;
    if (endsText) counter.end();
  }
}
