import type { Metric, MetricAccumulator, MetricInput, MetricInputs } from "../../contracts/metric.js";

type Item = MetricInputs[MetricInput];

class Mean implements MetricAccumulator<Item> {
  #sum = 0;
  #count = 0;

  add(item: Item): void {
    const values = valuesOf(item);
    for (const value of values) this.#sum += value;
    this.#count += values.length;
  }

  merge(other: Mean): void {
    this.#sum += other.#sum;
    this.#count += other.#count;
  }

  result() {
    return { "": this.#sum / this.#count };
  }
}

/** Mean −log p of tokens; share of texts that are one of their references; share of right choices. */
export function fakeMetric(input: MetricInput): Metric {
  return { input, start: () => new Mean() };
}

function valuesOf(item: Item): number[] {
  if ("ranks" in item) return Array.from(item.logProbabilities, (value) => -value);
  if ("text" in item) return [Number(item.references.includes(item.text))];
  const scores = item.choices.map(({ logProbability }) => logProbability);
  return [Number(scores.indexOf(Math.max(...scores)) === item.answer)];
}
