import type { Named } from "../contracts/json.js";
import type { Metric, MetricAccumulator, MetricInput, MetricInputs } from "../contracts/metric.js";
import { isCodexError } from "../errors/codex-error.js";
import { partErrors } from "../errors/part-errors.js";

type Item = MetricInputs[MetricInput];
type Accumulator = MetricAccumulator<Item>;

/** Units that are kept to be resampled; of more items, neighbours make one unit. */
const mostUnits = 2000;

export interface TallySettings {
  /** `eval/`, `eval/capitals/`: before the names of values. */
  readonly prefix: string;
  /** Where the metric stands, for messages: `config → metric.bleu`. */
  readonly where: string;
  /** Whether it will be resampled. */
  readonly keepsUnits: boolean;
}

/** One metric of an evaluation, and what it has gathered: of all items, and in units that can be resampled. */
export class MetricTally {
  readonly #whole: Accumulator;
  #units: Accumulator[] = [];
  /** Items of a unit, and of the last one so far. */
  #unitSize = 1;
  #lastSize = 1;

  /** @throws CODEX_PART_FAILED as all its members, when the metric throws what is no coded error */
  constructor(
    readonly name: string,
    readonly metric: Metric,
    readonly settings: TallySettings,
  ) {
    this.#whole = this.#start();
  }

  get unitCount(): number {
    return this.#units.length;
  }

  add(item: Item): void {
    const one = this.#start();
    this.#guard("add", () => one.add(item));
    this.#merge(this.#whole, one);
    if (this.settings.keepsUnits) this.#keep(one);
  }

  /** The values over all items. */
  values(): Named<number> {
    return this.#resultOf(this.#whole);
  }

  /** The values over these units, by index, some of them more than once. */
  valuesOf(units: Iterable<number>): Named<number> {
    const drawn = this.#start();
    for (const unit of units) this.#merge(drawn, this.#units[unit]!);
    return this.#resultOf(drawn);
  }

  #keep(one: Accumulator): void {
    if (this.#units.length > 0 && this.#lastSize < this.#unitSize) {
      this.#merge(this.#units.at(-1)!, one);
      this.#lastSize++;
      return;
    }
    if (this.#units.length === mostUnits) this.#pairUnits();
    this.#units.push(one);
    this.#lastSize = 1;
  }

  #pairUnits(): void {
    this.#units = this.#units.filter((unit, index) => {
      if (index % 2 === 0) this.#merge(unit, this.#units[index + 1]!);
      return index % 2 === 0;
    });
    this.#unitSize *= 2;
  }

  #start(): Accumulator {
    return this.#guard("start", () => this.metric.start()) as Accumulator;
  }

  #merge(into: Accumulator, other: Accumulator): void {
    this.#guard("merge", () => into.merge(other));
  }

  #resultOf(gathered: Accumulator): Named<number> {
    const values = this.#guard("result", () => Object.entries(gathered.result()));
    const before = this.settings.prefix + this.name;
    return Object.fromEntries(values.map(([key, value]) => [before + key, value]));
  }

  #guard<Value>(member: string, call: () => Value): Value {
    try {
      return call();
    } catch (error) {
      if (isCodexError(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw partErrors.CODEX_PART_FAILED({
        what: `Metric ${this.name} failed in ${member}: ${reason}`,
        where: this.settings.where,
        fix: "Report it to the plugin's author, or leave the metric out.",
        cause: error,
      });
    }
  }
}
