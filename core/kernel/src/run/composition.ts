import type { BuiltInPart } from "../container/part-node.js";
import { partRequests } from "../container/part-request.js";
import { type PartPlan, planParts } from "../container/plan-parts.js";
import { RunContainer } from "../container/run-container.js";
import { ComputePoint } from "../contracts/compute-backend.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { JsonObject, Named } from "../contracts/json.js";
import type { Logger } from "../contracts/logger.js";
import { type SafetyFilter, SafetyPoint } from "../contracts/safety-filter.js";
import { SafetyGatePoint } from "../contracts/safety-gate.js";
import { TrackerPoint } from "../contracts/tracker.js";
import type { CodexError } from "../errors/codex-error.js";
import type { RunLog } from "../logging/run-log.js";
import type { PluginEntry } from "../plugins/plugin-entry.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import { describeError } from "./run-folder.js";
import type { PartPhase } from "./run-observer.js";
import type { SafeObserver } from "./safe-observer.js";
import { FilterGate } from "./safety-gate.js";

export interface CompositionSettings {
  readonly kernel: KernelState;
  /** What the parts are made from. Left out: the kernel's config. */
  readonly config?: JsonObject | undefined;
  /** Points whose parts the command needs. */
  readonly roots: readonly ContributionPoint<unknown>[];
  readonly log: RunLog;
  readonly observer: SafeObserver;
  readonly signal: AbortSignal;
  readonly runFolder?: string;
  /** Folders, by part label, that parts are re-created from. */
  readonly restoreFrom?: Named<string>;
}

/** The parts of one run, planned: plugins are loaded and options checked, nothing is made. */
export class Composition {
  private constructor(
    readonly plan: PartPlan,
    readonly container: RunContainer,
    readonly settings: CompositionSettings,
  ) {}

  static async plan(settings: CompositionSettings): Promise<Composition> {
    const { kernel, log, signal } = settings;
    const { limits, config, catalogue, parts } = kernel;
    const skipped = (phase: PartPhase) => (label: string, error: CodexError) =>
      reportSkipped(settings, label, phase, error);
    let container: RunContainer | undefined;
    const plan = await planParts(settings.roots, {
      config: settings.config ?? config.value,
      catalogue,
      replacements: parts,
      builtIn: { [SafetyGatePoint.key]: gatePart(settings, (label) => container?.isTolerant(label) ?? false) },
      restoreFrom: settings.restoreFrom ?? {},
      activateLimitMs: limits.createMs,
      onSkipped: skipped("activate"),
    });
    const { seed, cacheFolder } = readRunSection(kernel);
    const folders = { project: kernel.projectFolder, cache: cacheFolder, run: settings.runFolder };
    container = new RunContainer({
      plan,
      context: { logger: log, signal, seed, folders },
      loggerOf: (label) => loggerOf(settings, label),
      createMs: limits.createMs,
      slowCreateMs: limits.slowCreateMs,
      disposeMs: limits.createMs,
      onSkipped: skipped("create"),
    });
    return new Composition(plan, container, settings);
  }

  /** The plugins that the parts are from. */
  get plugins(): readonly PluginEntry[] {
    const sources = new Set(this.plan.nodes.map((node) => node.source));
    return this.settings.kernel.catalogue.entries.filter((entry) => sources.has(entry.packageName));
  }

  /** Whether all parts that a package makes only look on. */
  isObserving(packageName: string): boolean {
    return this.plan.nodes.every((node) => node.source !== packageName || node.request.point.observes);
  }

  /** Versions of the packages that the parts are from. */
  get packages(): Named<string> {
    return Object.fromEntries(this.plugins.map(({ packageName, version }) => [packageName, version || "in memory"]));
  }

  /** Whether the plan has a part at a point. */
  has(point: ContributionPoint<unknown>): boolean {
    return this.plan.at(point).length > 0;
  }

  /** Reports a part that failed while it worked and is used no longer. */
  skip(label: string, error: CodexError): void {
    reportSkipped(this.settings, label, "run", error);
  }

  /** Closes all parts; failures of parts that may fail are reported, the others come back. */
  async dispose(): Promise<readonly { readonly label: string; readonly error: unknown }[]> {
    const failures = await this.container.dispose();
    for (const { label, error } of failures) {
      this.settings.log.error("a part failed to close", { part: label, error: describeError(error) });
    }
    return failures.filter(({ label }) => !this.container.isTolerant(label));
  }
}

/** Whether the config or the caller names a part for a point. */
export function isConfigured(kernel: KernelState, point: ContributionPoint<unknown>): boolean {
  return partRequests(kernel.config.value, point).length > 0 || Object.hasOwn(kernel.parts, point.key);
}

/**
 * What a tracker warns of, such as a metric that its reader cannot take, or a compute backend, such as operators that are
 * to be compiled first, shows nowhere else: people are told.
 */
function loggerOf({ log, observer }: CompositionSettings, label: string): Logger {
  if (label !== ComputePoint.key && !label.startsWith(`${TrackerPoint.key}.`)) return log.loggerOf(label);
  return log.loggerOf(label, (text) => observer.notify("warning", text));
}

function reportSkipped(settings: CompositionSettings, part: string, phase: PartPhase, error: CodexError): void {
  settings.log.warn("a part was left out", { part, phase, error: describeError(error) });
  settings.log.event("partSkipped", { part, phase, error: describeError(error) });
  void settings.kernel.capture.capture(error, part);
  settings.observer.notify("partSkipped", { part, phase, error });
}

function gatePart(settings: CompositionSettings, isTolerant: (label: string) => boolean): BuiltInPart {
  const { kernel, log, signal } = settings;
  return {
    dependencies: { filters: SafetyPoint },
    create: ({ filters }) =>
      new FilterGate(filters as Named<SafetyFilter>, {
        signal,
        limitMs: kernel.limits.safetyMs,
        onVerdict: (facts) => log.event("safety", facts),
        isTolerant: (name) => isTolerant(`${SafetyPoint.key}.${name}`),
        onSkipped: (name, error) => reportSkipped(settings, `${SafetyPoint.key}.${name}`, "run", error),
      }),
  };
}
