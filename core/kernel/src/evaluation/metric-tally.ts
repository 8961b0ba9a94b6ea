import type { Named } from "../contracts/json.js";
import type { Metric, MetricAccumulator, MetricInput, MetricInputs } from "../contracts/metric.js";

type Item = MetricInputs[MetricInput];
type Accumulator = MetricAccumulator<Item>;

/** Units that are kept to be resampled; of more items, neighbours make one unit. */
const mostUnits = 2000;

/** One metric of an evaluation, and what it has gathered: of all items, and in units that can be resampled. */
export class MetricTally {
  readonly #whole: Accumulator;
  #units: Accumulator[] = [];
  /** Items of a unit, and of the last one so far. */
  #unitSize = 1;
  #lastSize = 1;

  /**
   * @param name `eval/bleu`: what the names of its values begin with
   * @param keepsUnits whether it will be resampled
   */
  constructor(
    readonly name: string,
    readonly metric: Metric,
    readonly keepsUnits: boolean,
  ) {
    this.#whole = metric.start() as Accumulator;
  }

  get unitCount(): number {
    return this.#units.length;
  }

  add(item: Item): void {
    const one = this.metric.start() as Accumulator;
    one.add(item);
    this.#whole.merge(one);
    if (this.keepsUnits) this.#keep(one);
  }

  /** The values over all items. */
  values(): Named<number> {
    return this.#named(this.#whole.result());
  }

  /** The values over these units, by index, some of them more than once. */
  valuesOf(units: Iterable<number>): Named<number> {
    const drawn = this.metric.start() as Accumulator;
    for (const unit of units) drawn.merge(this.#units[unit]!);
    return this.#named(drawn.result());
  }

  #keep(one: Accumulator): void {
    if (this.#units.length > 0 && this.#lastSize < this.#unitSize) {
      this.#units.at(-1)!.merge(one);
      this.#lastSize++;
      return;
    }
    if (this.#units.length === mostUnits) this.#pairUnits();
    this.#units.push(one);
    this.#lastSize = 1;
  }

  #pairUnits(): void {
    this.#units = this.#units.filter((unit, index) => {
      if (index % 2 === 0) unit.merge(this.#units[index + 1]!);
      return index % 2 === 0;
    });
    this.#unitSize *= 2;
  }

  #named(values: Named<number>): Named<number> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [this.name + key, value]));
  }
}
