/** How long an instance lives: as long as one run, so that nothing leaks from one run into the next. */
export type Scope = "run";

/** Whether one part fills the point, or several do, by name. */
export type Cardinality = "one" | "many";

/** What a failure means: `open` is reported and the part is skipped; `closed` stops the run. */
export type FailurePolicy = "open" | "closed";

/**
 * A place in the system that plugins fill. The token is made with `Symbol.for`, so that two copies of
 * codex-core that load side by side mean the same point.
 */
export interface ContributionPoint<Contract, Many extends Cardinality = Cardinality, Facts = unknown> {
  /** The point's name, as manifests and `codex list` show it: `tracker`, `batchSource` … */
  readonly key: string;
  /** The config section that selects and configures it: `tracker`, `data` … */
  readonly section: string;
  readonly token: symbol;
  readonly scope: Scope;
  readonly cardinality: Many;
  readonly failurePolicy: FailurePolicy;
  /** What fills it changes no number of a run. */
  readonly observes: boolean;
  /** Type only: carries the contract; never present at run time. */
  readonly contract?: Contract;
  /** Type only: what a provider's `plan` tells of a part before it is made. */
  readonly facts?: Facts;
}

/** What `definePoint` needs beside the key. */
export interface PointSettings<Many extends Cardinality> {
  readonly section?: string;
  readonly cardinality: Many;
  readonly failurePolicy: FailurePolicy;
  /** Whether what fills it changes no number of a run: a plugin that fills nothing else may change between a run and its resume. */
  readonly observes?: boolean;
}

/**
 * Declares a contribution point. A plugin may declare points of its own.
 *
 * @example
 * export const ScorerPoint = definePoint<Scorer, "many">("scorer", { cardinality: "many", failurePolicy: "open" });
 */
export function definePoint<Contract, Many extends Cardinality, Facts = unknown>(
  key: string,
  settings: PointSettings<Many>,
): ContributionPoint<Contract, Many, Facts> {
  return Object.freeze({
    key,
    section: settings.section ?? key,
    token: Symbol.for(`codex.point.${key}`),
    scope: "run",
    cardinality: settings.cardinality,
    failurePolicy: settings.failurePolicy,
    observes: settings.observes ?? false,
  });
}
