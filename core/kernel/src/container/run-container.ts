import "reflect-metadata";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";
import type { CreateContext } from "../contracts/plugin.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { partErrors } from "../errors/part-errors.js";
import { unlessAborted, withTimeLimit } from "../plugins/time-limit.js";
import { type DisposalFailure, DisposalStack, isDisposable } from "./disposal-stack.js";
import { Container, type Newable, type ResolutionContext } from "./inversify.js";
import type { PartNode } from "./part-node.js";
import type { PartPlan } from "./plan-parts.js";
import { limitOf } from "./slow-points.js";

/** Token of the run's `CreateContext`, for classes that are made by decorators. */
export const ContextToken = Symbol.for("codex.context");

export interface RunContainerSettings {
  readonly plan: PartPlan;
  readonly context: Omit<CreateContext, "name">;
  /** The logger of the part with a label. */
  loggerOf(label: string): Logger;
  /** Milliseconds in which a part must be made. */
  readonly createMs: number;
  /** The same for parts that read data or compile. */
  readonly slowCreateMs: number;
  readonly disposeMs: number;
  /** Told of a part that is left out because it could not be made. */
  onSkipped(label: string, error: CodexError): void;
}

/**
 * The parts of one run. Each run has a fresh inversify container, so that nothing leaks from one into the next; every
 * part is made once, when it or something that depends on it is asked for, after what it depends on.
 */
export class RunContainer {
  readonly #container = new Container();
  readonly #disposal: DisposalStack;
  readonly #made = new Map<PartNode, unknown>();
  readonly #skipped = new Set<PartNode>();

  constructor(readonly settings: RunContainerSettings) {
    this.#disposal = new DisposalStack(settings.disposeMs);
    this.#container.bind(ContextToken).toConstantValue({ ...settings.context, name: "context" });
    for (const node of settings.plan.nodes) this.#bind(node);
  }

  /** Parts that are made so far, in the order of making, by label. */
  get made(): ReadonlyMap<string, unknown> {
    return new Map([...this.#made].map(([node, part]) => [node.request.label, part]));
  }

  /** The part that fills a point. Made now unless it is there already. */
  async one<Contract>(point: ContributionPoint<Contract, "one">): Promise<Contract> {
    const parts = Object.values(await this.#parts(point));
    if (parts.length === 0) {
      throw partErrors.CODEX_PART_MISSING({ what: `There is no ${point.key}.`, where: `config → ${point.section}` });
    }
    return parts[0] as Contract;
  }

  /** The parts that fill a point, by name, without those that failed and may. */
  async many<Contract>(point: ContributionPoint<Contract, "many">): Promise<Named<Contract>> {
    return this.#parts(point) as Promise<Named<Contract>>;
  }

  /** Whether a part of this label may fail without failing the run. */
  isTolerant(label: string): boolean {
    return this.settings.plan.nodes.find((node) => node.request.label === label)?.tolerant ?? false;
  }

  /** Closes all parts that were made, last-in-first-out. */
  dispose(): Promise<readonly DisposalFailure[]> {
    return this.#disposal.dispose();
  }

  async #parts(point: ContributionPoint<unknown>): Promise<Named<unknown>> {
    const parts: Record<string, unknown> = {};
    for (const node of this.settings.plan.at(point)) {
      const part = await this.#require(node);
      if (part !== undefined) parts[node.request.name] = part;
    }
    return parts;
  }

  /** Makes what a node depends on, one after the other, and then the node. Undefined when it is left out. */
  async #require(node: PartNode): Promise<unknown> {
    if (this.#skipped.has(node)) return undefined;
    if (this.#made.has(node)) return this.#made.get(node);
    const { label, point, name } = node.request;
    try {
      for (const before of node.requires) await this.#requireFor(node, before);
      const part: unknown = await this.#container.getAsync(point.token, point.cardinality === "many" ? { name } : {});
      this.#made.set(node, part);
      return part;
    } catch (error) {
      if (!node.tolerant || this.settings.context.signal.aborted) throw error;
      this.#skipped.add(node);
      this.settings.onSkipped(label, isCodexError(error) ? error : createFailure(node, error));
      return undefined;
    }
  }

  async #requireFor(node: PartNode, before: PartNode): Promise<void> {
    const part = await this.#require(before);
    if (part !== undefined || before.request.point.cardinality === "many") return;
    throw partErrors.CODEX_PART_MISSING({
      what: `${node.request.label} needs ${before.request.label}, which was left out.`,
      where: `config → ${before.request.point.section}`,
      why: `${before.request.label} is optional and could not be made.`,
    });
  }

  #bind(node: PartNode): void {
    const { how, request } = node;
    const binding = this.#container.bind<unknown>(request.point.token);
    const named = request.point.cardinality === "many";
    if (how.kind === "instance") {
      const when = binding.toConstantValue(how.instance);
      if (named) when.whenNamed(request.name);
    } else if (how.kind === "decorated") {
      const when = binding.to(how.partClass as unknown as Newable<unknown>).inSingletonScope();
      const on = named ? when.whenNamed(request.name) : when;
      on.onActivation((_, part) => this.#keep(node, part));
    } else {
      const when = binding.toDynamicValue((resolution) => this.#make(node, resolution)).inSingletonScope();
      if (named) when.whenNamed(request.name);
    }
  }

  async #make(node: PartNode, resolution: ResolutionContext): Promise<unknown> {
    const { how, request } = node;
    if (how.kind !== "factory") throw new TypeError(`${request.label} is not made by a factory`);
    const { createMs, context, loggerOf } = this.settings;
    const dependencies = await this.#resolveDependencies(node, resolution);
    const logger = loggerOf(request.label);
    const limitMs = limitOf(request.point, this.settings);
    const still = setTimeout(() => logger.warn("still being made", { afterMs: createMs }), createMs);
    let late = false;
    const work = (async () => how.make(dependencies, { ...context, name: request.name, logger }))();
    work.then((part) => late && isDisposable(part) && part.dispose()).catch(() => undefined);
    try {
      const made = withTimeLimit(work, limitMs, () => createTimeout(node, limitMs));
      const part = await unlessAborted(made, context.signal);
      if (typeof part !== "object" || part === null) throw new TypeError(`it made ${String(part)}, not a part`);
      return this.#keep(node, part);
    } catch (error) {
      late = true;
      if (isCodexError(error) || context.signal.aborted) throw error;
      throw createFailure(node, error);
    } finally {
      clearTimeout(still);
    }
  }

  #keep(node: PartNode, part: unknown): unknown {
    this.#disposal.pushPart(node.request.label, part);
    return part;
  }

  async #resolveDependencies(node: PartNode, resolution: ResolutionContext): Promise<Named<unknown>> {
    const dependencies: Record<string, unknown> = {};
    for (const [name, point] of Object.entries(node.dependencies)) {
      if (point.cardinality === "one") {
        dependencies[name] = await resolution.getAsync(point.token);
        continue;
      }
      const parts: Record<string, unknown> = {};
      for (const each of this.settings.plan.at(point)) {
        if (this.#skipped.has(each)) continue;
        parts[each.request.name] = await resolution.getAsync(point.token, { name: each.request.name });
      }
      dependencies[name] = parts;
    }
    return dependencies;
  }
}

function createFailure(node: PartNode, error: unknown): CodexError {
  const reason = error instanceof Error ? error.message : String(error);
  return partErrors.CODEX_PART_CREATE_FAILED({
    what: `${node.request.label} could not be made by ${node.source}: ${reason}`,
    where: `config → ${node.request.label}`,
    cause: error,
  });
}

function createTimeout(node: PartNode, limitMs: number): CodexError {
  return partErrors.CODEX_PART_CREATE_TIMEOUT({
    what: `${node.request.label} was not made by ${node.source} in ${limitMs} ms.`,
    where: `config → ${node.request.label}`,
  });
}
