import { type ContributionPoint, definePlugin, type JsonObject, type PluginDefinition } from "codex-core";
import { createFakeConfig, fakePlugin, silentLogger } from "codex-core/testing";
import { z } from "zod";
import { type PartPlanSettings, planParts } from "#src/container/plan-parts.js";
import { RunContainer, type RunContainerSettings } from "#src/container/run-container.js";
import { discoverPlugins } from "#src/plugins/discover-plugins.js";

export interface MakeSettings {
  readonly plugins?: readonly PluginDefinition[];
  readonly config?: JsonObject;
  readonly plan?: Partial<PartPlanSettings>;
  readonly container?: Partial<RunContainerSettings>;
}

/** A container over the fake plugin and others, and what was left out. */
export async function planAndMake(roots: readonly ContributionPoint<unknown>[], settings: MakeSettings = {}) {
  const skipped: string[] = [];
  const catalogue = await discoverPlugins({
    projectFolder: "/nowhere",
    extra: [fakePlugin, ...(settings.plugins ?? [])],
  });
  const onSkipped: PartPlanSettings["onSkipped"] = (label, error) => skipped.push(`${label} ${error.code}`);
  const plan = await planParts(roots, {
    config: createFakeConfig(settings.config),
    catalogue,
    replacements: {},
    builtIn: { safetyGate: { dependencies: {}, create: () => ({ isGate: true }) } },
    restoreFrom: {},
    activateLimitMs: 1000,
    onSkipped,
    ...settings.plan,
  });
  const signal = new AbortController().signal;
  const container = new RunContainer({
    plan,
    context: { logger: silentLogger, signal, seed: 1, folders: { project: "/project", cache: "/cache" } },
    loggerOf: () => silentLogger,
    createMs: 100,
    slowCreateMs: 200,
    disposeMs: 100,
    onSkipped,
    ...settings.container,
  });
  return { plan, container, skipped };
}

type Create = (dependencies: { readonly [name: string]: unknown }) => unknown;

/** A plugin that provides one type with the given factory. */
export function pluginOf(
  point: ContributionPoint<unknown>,
  type: string,
  create: Create,
  dependencies: { readonly [name: string]: ContributionPoint<unknown> } = {},
): PluginDefinition {
  return definePlugin({
    name: `codex-plugin-${type}`,
    register: (registrar) =>
      registrar.provide<unknown, object, typeof dependencies>(point, type, {
        options: z.strictObject({ size: z.int().min(1).default(1), name: z.string().default("") }),
        dependencies,
        create: (given) => create(given as { readonly [name: string]: unknown }) as never,
      }),
  });
}
