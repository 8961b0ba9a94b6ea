import type { Named } from "../contracts/json.js";
import type { Metric, MetricInput, MetricInputs } from "../contracts/metric.js";
import { evaluationErrors } from "../errors/evaluation-errors.js";
import { type BootstrapSettings, bootstrap, type MetricInterval } from "./bootstrap.js";
import { MetricTally } from "./metric-tally.js";
import type { Measured } from "./tasks/measure-task.js";

export interface TalliesSettings {
  /** `eval/`, `eval/capitals/`: before the names of values. */
  readonly prefix: string;
  /** What there is to be measured. */
  readonly inputs: readonly MetricInput[];
  /** Where the metrics stand, for messages. */
  readonly where: string;
  readonly keepsUnits: boolean;
}

/** All metrics of a split or of a task. */
export class MetricTallies implements Measured {
  readonly #tallies: readonly MetricTally[];
  readonly #seen = new Set<MetricInput>();

  /** @throws CODEX_METRIC_INPUT */
  constructor(metrics: Named<Metric>, { prefix, inputs, where, keepsUnits }: TalliesSettings) {
    this.#tallies = Object.entries(metrics).map(([name, metric]) => {
      const place = `${where} → metric.${name}`;
      if (inputs.includes(metric.input)) return new MetricTally(name, metric, { prefix, where: place, keepsUnits });
      const what = `The metric ${name} is about ${metric.input}, and here there are only ${inputs.join(" and ")}.`;
      throw evaluationErrors.CODEX_METRIC_INPUT({ what, where: place });
    });
  }

  get isEmpty(): boolean {
    return this.#tallies.length === 0;
  }

  add<Input extends MetricInput>(input: Input, item: MetricInputs[Input]): void {
    this.#seen.add(input);
    for (const tally of this.#tallies) if (tally.metric.input === input) tally.add(item);
  }

  /** Whether anything of a kind came. */
  has(input: MetricInput): boolean {
    return this.#seen.has(input);
  }

  /** Values by name; metrics of what never came have none. */
  values(): Named<number> {
    return Object.assign({}, ...this.#used.map((tally) => tally.values()));
  }

  async intervals(settings: BootstrapSettings): Promise<Named<MetricInterval>> {
    const intervals: Record<string, MetricInterval> = {};
    for (const tally of this.#used) Object.assign(intervals, await bootstrap(tally, settings));
    return intervals;
  }

  get #used(): readonly MetricTally[] {
    return this.#tallies.filter(({ metric }) => this.#seen.has(metric.input));
  }
}
