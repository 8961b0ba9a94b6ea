import { allowsOptions } from "../config/validate.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { JsonObject, Named } from "../contracts/json.js";
import type { DependencyMap } from "../contracts/plugin.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { partErrors } from "../errors/part-errors.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { activatePlugin } from "../plugins/activate-plugin.js";
import type { CatalogueMatch, PluginCatalogue } from "../plugins/catalogue.js";
import type { ProvidedFactory } from "../plugins/collect-providers.js";
import type { PluginEntry } from "../plugins/plugin-entry.js";
import { kernelPoints } from "../plugins/points.js";
import { checkOptions, type OptionIssues } from "./check-options.js";
import type { BuiltInPart, PartNode } from "./part-node.js";
import { type PartRequest, partRequests } from "./part-request.js";
import { type Replacement, readReplacements } from "./replacement.js";

export interface PartPlanSettings {
  readonly config: JsonObject;
  readonly catalogue: PluginCatalogue;
  /** Parts that the caller brings, by point key. */
  readonly replacements: Named<object>;
  /** Parts that the kernel itself provides, by point key. */
  readonly builtIn: Named<BuiltInPart>;
  /** Folders, by point key, that a part is re-created from where its provider can. */
  readonly restoreFrom: Named<string>;
  readonly activateLimitMs: number;
  /** Told of a part that is left out because its plugin fails. */
  onSkipped(label: string, error: CodexError): void;
}

/** The parts of a run in the order of making, by point. Nothing of them is made yet. */
export interface PartPlan {
  readonly nodes: readonly PartNode[];
  at(point: ContributionPoint<unknown>): readonly PartNode[];
}

/**
 * Loads the plugins that the roots need, directly or by dependency, checks all options, and orders the parts.
 *
 * @throws CODEX_PART_MISSING, CODEX_PART_CYCLE, CODEX_PART_OPTIONS, and what activating a plugin throws
 */
export async function planParts(
  roots: readonly ContributionPoint<unknown>[],
  settings: PartPlanSettings,
): Promise<PartPlan> {
  const planner = new PartPlanner(settings);
  for (const root of roots) await planner.visit(root, undefined, []);
  planner.throwIssues();
  const { nodes } = planner;
  return { nodes, at: (point) => nodes.filter((node) => node.request.point.token === point.token) };
}

interface RefusedOptions extends OptionIssues {
  readonly why: string | undefined;
}

const disagreeing =
  "Correct the options in the config. If the plugin is yours, derive its JSON Schema from its code (docs/plugins.md).";

class PartPlanner {
  readonly nodes: PartNode[] = [];
  readonly #done = new Map<string, PartNode | undefined>();
  readonly #activated = new Map<PluginEntry, Promise<readonly ProvidedFactory[]>>();
  readonly #issues: RefusedOptions[] = [];

  constructor(readonly settings: PartPlanSettings) {}

  throwIssues(): void {
    if (this.#issues.length === 0) return;
    const lines = this.#issues.flatMap(({ label, issues }) => issues.map((issue) => `${label}${issue}`));
    const reasons = this.#issues.flatMap(({ why }) => why ?? []);
    throw partErrors.CODEX_PART_OPTIONS({
      what: lines.length === 1 ? `${lines[0]}.` : `${lines.length} options are refused: ${lines.join("; ")}.`,
      where: this.#issues.map(({ label }) => `config → ${label}`).join(", "),
      ...(reasons.length > 0 ? { why: reasons.join(" "), fix: disagreeing } : {}),
    });
  }

  /** The nodes of a point. `path` holds the labels that are being visited. */
  async visit(
    point: ContributionPoint<unknown>,
    askedBy: string | undefined,
    path: readonly string[],
  ): Promise<readonly PartNode[]> {
    const requests = this.#requests(point);
    if (requests.length === 0 && point.cardinality === "one") throw missing(point, askedBy);
    const found: PartNode[] = [];
    for (const request of requests) {
      const node = await this.#visitRequest(request, path);
      if (node) found.push(node);
      else if (point.cardinality === "one") throw missing(point, askedBy, "its plugin failed and it is optional");
    }
    return found;
  }

  #requests(point: ContributionPoint<unknown>): readonly PartRequest[] {
    if (Object.hasOwn(this.settings.builtIn, point.key)) {
      return [{ point, name: point.key, label: point.key, options: {}, optional: false }];
    }
    const requests = partRequests(this.settings.config, point);
    const known = new Set(requests.map((request) => request.label));
    const added: PartRequest[] = [];
    for (const name of this.#replacements(point).keys()) {
      const label = name === "" ? point.key : `${point.key}.${name}`;
      if (!known.has(label)) added.push({ point, name: name || point.key, label, options: {}, optional: false });
    }
    return [...requests, ...added];
  }

  #replacements(point: ContributionPoint<unknown>): ReadonlyMap<string, Replacement> {
    const { replacements } = this.settings;
    return readReplacements(point, Object.hasOwn(replacements, point.key) ? replacements[point.key] : undefined);
  }

  async #visitRequest(request: PartRequest, path: readonly string[]): Promise<PartNode | undefined> {
    const { label } = request;
    if (path.includes(label)) {
      const circle = [...path.slice(path.indexOf(label)), label].join(" → ");
      throw partErrors.CODEX_PART_CYCLE({ what: `Parts depend on each other: ${circle}.`, where: `config → ${label}` });
    }
    if (this.#done.has(label)) return this.#done.get(label);
    const tolerant = request.optional || request.point.failurePolicy === "open";
    let node: PartNode | undefined;
    try {
      const draft = await this.#draft(request);
      const requires: PartNode[] = [];
      for (const point of draft.follows) requires.push(...(await this.visit(point, label, [...path, label])));
      const { follows: _, ...drafted } = draft;
      node = { request, tolerant, requires, ...drafted };
      this.nodes.push(node);
    } catch (error) {
      if (!tolerant || !isCodexError(error)) throw error;
      this.settings.onSkipped(label, error);
    }
    this.#done.set(label, node);
    return node;
  }

  async #draft(request: PartRequest): Promise<PartDraft> {
    const { point, name } = request;
    if (Object.hasOwn(this.settings.builtIn, point.key)) {
      const { dependencies, create } = this.settings.builtIn[point.key]!;
      return draft("codex-core", dependencies, { kind: "factory", make: create });
    }
    const replacement = this.#replacements(point).get(point.cardinality === "one" ? "" : name);
    return replacement ? draftReplacement(request, replacement) : this.#draftPlugin(request);
  }

  async #draftPlugin(request: PartRequest): Promise<PartDraft> {
    const { point, label, type = "" } = request;
    const match = this.settings.catalogue.find(point.key, type, `config → ${sectionPath(request)}.type`);
    const source = match.entry.packageName;
    const provided = await this.#activate(match.entry);
    const found = provided.find((each) => each.point.key === point.key && each.type === match.type);
    if (!found || found.point.token !== point.token) {
      const what = `${source} does not provide ${point.key} "${match.type}" under the point's token.`;
      throw pluginErrors.CODEX_PLUGIN_MANIFEST_MISMATCH({ what, where: match.entry.folder });
    }
    const { provider } = found;
    const checked = await checkOptions(sectionPath(request), provider.options, request.options);
    const { issues } = checked;
    if (issues)
      this.#issues.push({ ...issues, why: issues.areRules ? undefined : disagreement(match, request.options) });
    const folder = Object.hasOwn(this.settings.restoreFrom, label) ? this.settings.restoreFrom[label] : undefined;
    if (folder !== undefined && provider.restore) {
      const restore = provider.restore.bind(provider);
      return draft(source, {}, { kind: "factory", make: (_, context) => restore(folder, checked.options, context) });
    }
    const drafted = draft(source, provider.dependencies ?? {}, {
      kind: "factory",
      make: (dependencies, context) => provider.create(dependencies, checked.options, context),
    });
    if (!provider.plan) return drafted;
    const plan = provider.plan.bind(provider);
    return { ...drafted, plan: (context) => plan(checked.options, context) };
  }

  #activate(entry: PluginEntry): Promise<readonly ProvidedFactory[]> {
    const known = this.#activated.get(entry);
    if (known) return known;
    const activated = activatePlugin(entry, this.settings.activateLimitMs);
    this.#activated.set(entry, activated);
    return activated;
  }
}

/** Why options are refused that the manifest's schema allows; that of a plugin in memory is made of its code. */
function disagreement(match: CatalogueMatch, options: JsonObject): string | undefined {
  const { entry, schema, type, pointKey } = match;
  if (entry.definition || !allowsOptions(schema, options)) return undefined;
  const pair = `the JSON Schema of ${pointKey} "${type}" and the \`options\` of its code`;
  return `In ${entry.packageName} ${pair} disagree: the first allows what the second refuses.`;
}

interface PartDraft extends Pick<PartNode, "how" | "source" | "dependencies" | "plan"> {
  /** Points whose parts have to be made before. */
  readonly follows: readonly ContributionPoint<unknown>[];
}

function draft(source: string, dependencies: DependencyMap, how: PartNode["how"]): PartDraft {
  return { source, dependencies, how, follows: Object.values(dependencies) };
}

function draftReplacement(request: PartRequest, replacement: Replacement): PartDraft {
  const source = "the caller's own part";
  if (replacement.kind === "instance") return draft(source, {}, replacement);
  if (replacement.kind === "plain") {
    const { partClass } = replacement;
    return draft(source, partClass.dependencies ?? {}, {
      kind: "factory",
      make: (dependencies, context) => new partClass(dependencies, request.options, context),
    });
  }
  const follows = kernelPoints.filter((point) => replacement.tokens.includes(point.token));
  return { ...draft(source, {}, { kind: "decorated", partClass: replacement.partClass }), follows };
}

/** The config path of a part: both parts of `data` stand under one section. */
function sectionPath({ point, label, name }: PartRequest): string {
  if (point.section === point.key) return label;
  return point.cardinality === "one" ? point.section : `${point.section}.${name}`;
}

function missing(point: ContributionPoint<unknown>, askedBy: string | undefined, why?: string): CodexError {
  return partErrors.CODEX_PART_MISSING({
    what: `${askedBy ?? "The command"} needs a ${point.key}, and there is none.`,
    where: `config → ${point.section}`,
    why: why ?? `The config has no section \`${point.section}\`.`,
    fix: `Add \`${point.section}: { type: … }\` to the config.`,
  });
}
