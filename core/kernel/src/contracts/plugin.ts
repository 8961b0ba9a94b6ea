import type { Cardinality, ContributionPoint } from "./contribution-point.js";
import type { JsonObject } from "./json.js";
import type { Logger } from "./logger.js";

/**
 * Checks and completes options. A zod 4 schema is one; so is any schema of the Standard Schema interface v1.
 *
 * @source https://standardschema.dev
 */
export interface OptionsSchema<Options> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Options> | Promise<SchemaResult<Options>>;
    readonly types?: { readonly input: unknown; readonly output: Options } | undefined;
  };
}

export type SchemaResult<Options> =
  | { readonly value: Options; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Contribution points that a part depends on, by the name it gives them. */
export type DependencyMap = { readonly [name: string]: ContributionPoint<unknown, Cardinality> };

/** What a factory gets for its dependency map: an instance for `one`, instances by name for `many`. */
export type Dependencies<Map extends DependencyMap> = {
  readonly [Name in keyof Map]: Map[Name] extends ContributionPoint<infer Contract, infer Many>
    ? Many extends "many"
      ? { readonly [instance: string]: Contract }
      : Contract
    : never;
};

/** What every factory gets beside dependencies and options. */
export interface CreateContext {
  /** The name of the instance: the type, or the key in a map of several. */
  readonly name: string;
  readonly logger: Logger;
  /** Aborted when the run has to stop. */
  readonly signal: AbortSignal;
  /** The run's seed. */
  readonly seed: number;
  readonly folders: {
    /** The project's folder: relative paths in options start here. */
    readonly project: string;
    /** For what can be made again; shared by runs and processes. */
    readonly cache: string;
    /** The run's folder; absent in commands that make no run. */
    readonly run?: string;
  };
}

/** What a plan's questions come with. */
export interface PlanContext {
  /** The tokenizer's own facts, where one could be made. */
  readonly tokenizer?: { readonly fingerprint: string; readonly vocabSize: number };
  readonly folders: Pick<CreateContext["folders"], "project" | "cache">;
  /** Aborted when nobody waits for the plan any more. */
  readonly signal: AbortSignal;
}

/** What `codex doctor` shows of a part: what was seen, and what to do where it is not well. */
export interface PartFinding {
  /** `note`: something that is not there and nothing waits for. */
  readonly status: "ok" | "note" | "failed";
  readonly detail: string;
  readonly fix?: string;
}

/** What a part's `check` may look at. */
export interface CheckContext extends Pick<CreateContext, "folders"> {
  /** The project's valid configs that select the part, with its section of each, defaults filled in. */
  readonly configs: readonly CheckedConfig[];
}

/** A config that `codex doctor` has read. */
export interface CheckedConfig {
  /** A preset's name, or `codex.config`. */
  readonly name: string;
  readonly section: JsonObject;
}

/** How a plugin fills a contribution point with one type. */
export interface Provider<Contract, Options, Map extends DependencyMap, Facts = unknown> {
  readonly options: OptionsSchema<Options>;
  readonly dependencies?: Map;
  create(
    dependencies: Dependencies<Map>,
    options: Options,
    context: CreateContext,
  ): NoInfer<Contract> | Promise<NoInfer<Contract>>;
  /**
   * What a part with these options will need, for `codex plan` and before every training. Called before any part is
   * made: it may read the files that the options name, and touches no device, no network and nothing that it would
   * write. What it leaves out is unknown; a coded error that it throws refuses the run.
   */
  plan?(options: Options, context: PlanContext): NoInfer<Facts> | Promise<NoInfer<Facts>>;
  /** Looks whether the part can work here, for `codex doctor`, which shows a rejection as a failure. */
  check?(context: CheckContext): Promise<readonly PartFinding[]>;
  /** Re-creates the part from what its `save` wrote, without its dependencies. */
  restore?(folder: string, options: Options, context: CreateContext): NoInfer<Contract> | Promise<NoInfer<Contract>>;
}

/** Takes what a plugin provides. */
export interface Registrar {
  provide<Contract, Options, Map extends DependencyMap = Record<never, never>, Facts = unknown>(
    point: ContributionPoint<Contract, Cardinality, Facts>,
    type: string,
    provider: Provider<Contract, Options, Map, Facts>,
  ): void;
}

/** What a plugin's entry exports by default. */
export interface PluginDefinition {
  /** The package's name. */
  readonly name: string;
  /** Synchronous and without input or output: it only provides. */
  register(registrar: Registrar): void;
}

/** Marks a plugin definition, across copies of codex-core. */
export const pluginBrand = Symbol.for("codex.plugin");

/**
 * Defines a plugin.
 *
 * @example
 * export default definePlugin({
 *   name: "codex-plugin-shout",
 *   register(registrar) {
 *     registrar.provide(TrackerPoint, "shout", {
 *       options: z.strictObject({ prefix: z.string().default("!") }),
 *       create: (_, options) => new ShoutTracker(options.prefix),
 *     });
 *   },
 * });
 */
export function definePlugin(definition: PluginDefinition): PluginDefinition {
  return Object.freeze({ ...definition, [pluginBrand]: true });
}
