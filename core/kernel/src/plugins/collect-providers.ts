import type { ContributionPoint } from "../contracts/contribution-point.js";
import { type DependencyMap, type PluginDefinition, type Provider, pluginBrand } from "../contracts/plugin.js";
import { pluginErrors } from "../errors/plugin-errors.js";

/** What a plugin registered: one type for one point. */
export interface ProvidedFactory {
  readonly point: ContributionPoint<unknown>;
  readonly type: string;
  readonly provider: Provider<unknown, unknown, DependencyMap>;
}

/** What an author did wrong with `provide`, and what to write. */
class ProviderMistake extends TypeError {
  constructor(
    message: string,
    readonly fix: string,
  ) {
    super(message);
  }
}

/** Whether a value was made by `definePlugin`, of any copy of codex-core. */
export function isPluginDefinition(value: unknown): value is PluginDefinition {
  return typeof value === "object" && value !== null && (value as { [pluginBrand]?: unknown })[pluginBrand] === true;
}

/**
 * Calls a plugin's `register` and collects what it provides.
 *
 * @throws CODEX_PLUGIN_NOT_A_PLUGIN, CODEX_PLUGIN_REGISTER_FAILED
 */
export function collectProviders(definition: unknown, packageName: string): readonly ProvidedFactory[] {
  if (!isPluginDefinition(definition)) {
    throw pluginErrors.CODEX_PLUGIN_NOT_A_PLUGIN({
      what: `${packageName} does not export a plugin definition by default.`,
      where: packageName,
    });
  }
  const provided: ProvidedFactory[] = [];
  let answer: unknown;
  try {
    answer = definition.register({
      provide(point, type, provider) {
        checkProvider(point, type, provider, provided);
        provided.push({ point, type, provider: provider as unknown as ProvidedFactory["provider"] });
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw pluginErrors.CODEX_PLUGIN_REGISTER_FAILED({
      what: `${packageName} failed to register: ${reason}`,
      where: `${packageName} → register`,
      fix: error instanceof ProviderMistake ? `In \`register\` of ${packageName}: ${error.fix}` : undefined,
      cause: error,
    });
  }
  if (isThenable(answer)) {
    answer.then(undefined, () => undefined);
    throw pluginErrors.CODEX_PLUGIN_REGISTER_FAILED({
      what: `${packageName} registers asynchronously.`,
      where: `${packageName} → register`,
      why: "`register` only says what a plugin provides; work belongs into `create`.",
      fix: `Make \`register\` of ${packageName} a plain function, and await in \`create\`.`,
    });
  }
  return provided;
}

function checkProvider(
  point: ContributionPoint<unknown>,
  type: string,
  provider: {
    readonly options?: unknown;
    readonly create?: unknown;
    readonly plan?: unknown;
    readonly check?: unknown;
  },
  earlier: readonly ProvidedFactory[],
): void {
  if (typeof point?.key !== "string" || typeof point.token !== "symbol") {
    const fix = `give provide a point of codex-core first, such as TrackerPoint: provide(TrackerPoint, "${type}", …).`;
    throw new ProviderMistake(`provide was called without a contribution point for type "${type}"`, fix);
  }
  const what = `${point.key} "${type}"`;
  if (typeof provider?.create !== "function") {
    const fix = `add create: (dependencies, options, context) => … to what ${what} is provided with.`;
    throw new ProviderMistake(`${what} has no create function`, fix);
  }
  for (const name of ["plan", "check"] as const) {
    if (provider[name] === undefined || typeof provider[name] === "function") continue;
    throw new ProviderMistake(
      `${what} has a ${name} that is no function`,
      `make ${name} of ${what} one, or remove it.`,
    );
  }
  const options = provider.options as { readonly "~standard"?: unknown } | undefined;
  if (options?.["~standard"] === undefined) {
    const fix = `add options: z.strictObject({ … }) to what ${what} is provided with, also where there are no options.`;
    throw new ProviderMistake(`${what} has no options schema (zod 4, or any Standard Schema)`, fix);
  }
  if (earlier.some((other) => other.point.key === point.key && other.type === type)) {
    throw new ProviderMistake(`${what} is provided twice`, "remove one of the two, or give it another type.");
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
