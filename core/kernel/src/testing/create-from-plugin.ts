import type { Cardinality, ContributionPoint } from "../contracts/contribution-point.js";
import type { Logger } from "../contracts/logger.js";
import type { CreateContext, PlanContext, PluginDefinition } from "../contracts/plugin.js";
import { testingErrors } from "../errors/testing-errors.js";
import { collectProviders, type ProvidedFactory } from "../plugins/collect-providers.js";
import { createTemporaryFolder } from "./temporary-folder.js";

/** What a test gives to a plugin's factory. */
export interface PluginTestSettings {
  /** As a config would write them; validated by the plugin's schema. Default: none. */
  readonly options?: unknown;
  readonly dependencies?: { readonly [name: string]: unknown };
  readonly context?: Partial<CreateContext>;
}

/** A logger that says nothing. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
});

/** A context with temporary folders, a silent logger and seed 1. */
export async function createTestContext(overrides: Partial<CreateContext> = {}): Promise<CreateContext> {
  const { folders } = overrides;
  return {
    name: "test",
    logger: silentLogger,
    signal: new AbortController().signal,
    seed: 1,
    ...overrides,
    folders: folders ?? {
      project: process.cwd(),
      cache: await createTemporaryFolder(),
      run: await createTemporaryFolder(),
    },
  };
}

/** Makes a part as the kernel would: options validated by the plugin's schema, then its factory. */
export async function createFromPlugin<Contract>(
  plugin: PluginDefinition,
  point: ContributionPoint<Contract, Cardinality>,
  type: string,
  settings: PluginTestSettings = {},
): Promise<Contract> {
  const { provider, options, context } = await prepare(plugin, point, type, settings);
  return (await provider.create(settings.dependencies ?? {}, options, context)) as Contract;
}

/** What a provider tells a plan, of options validated by the plugin's schema. Nothing is made. */
export async function factsFromPlugin<Facts>(
  plugin: PluginDefinition,
  point: ContributionPoint<unknown, Cardinality, Facts>,
  type: string,
  settings: Pick<PluginTestSettings, "options" | "context"> & Pick<PlanContext, "tokenizer"> = {},
): Promise<Facts> {
  const { tokenizer } = settings;
  const { provider, options, context } = await prepare(plugin, point, type, settings);
  if (!provider.plan) throw missing(plugin, `${point.key} "${type}" with a \`plan\``);
  const { folders, signal } = context;
  return (await provider.plan(options, { folders, signal, ...(tokenizer ? { tokenizer } : {}) })) as Facts;
}

/** Re-creates a part from what its `save` wrote. */
export async function restoreFromPlugin<Contract>(
  plugin: PluginDefinition,
  point: ContributionPoint<Contract, Cardinality>,
  type: string,
  folder: string,
  settings: PluginTestSettings = {},
): Promise<Contract> {
  const { provider, options, context } = await prepare(plugin, point, type, settings);
  if (!provider.restore) throw missing(plugin, `${point.key} "${type}" with a \`restore\``);
  return (await provider.restore(folder, options, context)) as Contract;
}

async function prepare(
  plugin: PluginDefinition,
  point: ContributionPoint<unknown>,
  type: string,
  settings: PluginTestSettings,
): Promise<{ provider: ProvidedFactory["provider"]; options: unknown; context: CreateContext }> {
  const provided = collectProviders(plugin, plugin.name);
  const found = provided.find((factory) => factory.point.key === point.key && factory.type === type);
  if (!found) throw missing(plugin, `${point.key} "${type}"`);
  const result = await found.provider.options["~standard"].validate(settings.options ?? {});
  if (result.issues) {
    const issues = result.issues.map((issue) => `${(issue.path ?? []).map(String).join(".")}: ${issue.message}`);
    throw new TypeError(`options of ${point.key} "${type}": ${issues.join("; ")}`);
  }
  return { provider: found.provider, options: result.value, context: await createTestContext(settings.context) };
}

function missing(plugin: PluginDefinition, what: string): Error {
  return testingErrors.CODEX_TESTING_NOT_PROVIDED({ what: `${plugin.name} does not provide ${what}.` });
}
