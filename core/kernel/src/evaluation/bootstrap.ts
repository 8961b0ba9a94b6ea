import type { Named } from "../contracts/json.js";
import type { MetricTally } from "./metric-tally.js";
import { RandomWords } from "./random-words.js";

/** Where a value would lie, in 95 of 100 samples of the same size. */
export interface MetricInterval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapSettings {
  /** How many samples are drawn. */
  readonly samples: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Share of the samples that lies outside of an interval. */
const outside = 0.05;
/** Samples between turns of the event loop. */
const samplesPerTurn = 20;

/**
 * Intervals of the values of a metric by the percentile bootstrap: its units are drawn again and again, as many as there
 * are, with replacement. The same seed gives the same intervals; metrics over as many units get the same draws.
 *
 * @source Efron and Tibshirani, An introduction to the bootstrap (1993), chapter 13
 */
export async function bootstrap(tally: MetricTally, settings: BootstrapSettings): Promise<Named<MetricInterval>> {
  const words = new RandomWords(settings.seed, "bootstrap");
  const values = new Map(Object.keys(tally.values()).map((name) => [name, new Float64Array(settings.samples)]));
  for (let sample = 0; sample < settings.samples; sample++) {
    if (sample % samplesPerTurn === 0) {
      await new Promise(setImmediate);
      settings.signal.throwIfAborted();
    }
    const drawn = tally.valuesOf(words.below(tally.unitCount, tally.unitCount));
    for (const [name, each] of values) each[sample] = drawn[name]!;
  }
  return Object.fromEntries([...values].map(([name, each]) => [name, intervalOf(each)]));
}

/** Samples in which there was nothing to measure say nothing. */
function intervalOf(values: Float64Array): MetricInterval {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return { low: quantile(sorted, outside / 2), high: quantile(sorted, 1 - outside / 2) };
}

/** Between the two values that are nearest, in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below === above ? below : below + (above - below) * (place % 1);
}
