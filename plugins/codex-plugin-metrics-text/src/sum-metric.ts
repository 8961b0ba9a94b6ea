import type { Metric, MetricAccumulator, MetricInput, MetricInputs, Named } from "codex-core";

/** A metric whose values are a function of sums over its items. */
export interface SumMetric<Input extends MetricInput> {
  readonly input: Input;
  /** How many sums. */
  readonly size: number;
  /** Adds an item to the sums. */
  add(item: MetricInputs[Input], sums: Float64Array): void;
  values(sums: Float64Array): Named<number>;
}

class SumAccumulator<Item> implements MetricAccumulator<Item> {
  private readonly sums: Float64Array;

  constructor(
    private readonly metric: Pick<SumMetric<never>, "size" | "values"> & { add(item: Item, sums: Float64Array): void },
  ) {
    this.sums = new Float64Array(metric.size);
  }

  add(item: Item): void {
    this.metric.add(item, this.sums);
  }

  merge(other: SumAccumulator<Item>): void {
    for (let index = 0; index < this.sums.length; index += 1) this.sums[index]! += other.sums[index]!;
  }

  result(): Named<number> {
    return this.metric.values(this.sums);
  }
}

/** Makes a metric of sums: accumulators add them up, and merging adds them together. */
export function sumMetric<Input extends MetricInput>(metric: SumMetric<Input>): Metric<Input> {
  return { input: metric.input, start: () => new SumAccumulator(metric) };
}

/** A metric that is the mean of a number over its items, NaN of none. */
export function meanMetric<Input extends MetricInput>(
  input: Input,
  measure: (item: MetricInputs[Input]) => number,
): Metric<Input> {
  return sumMetric({
    input,
    size: 2,
    add(item, sums) {
      sums[0]! += measure(item);
      sums[1]! += 1;
    },
    values: ([sum, count]) => ({ "": sum! / count! }),
  });
}
