import { leaves, pathText } from "../config/config-tree.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import type { Json } from "../contracts/json.js";

/** Sections whose parts look on, or come after training: whatever they say, the run's numbers are the same. */
export const observingSections: ReadonlySet<string> = new Set([
  "tracker",
  "checkpoint",
  "evaluator",
  "metric",
  "generator",
]);

/** The leaves of a config, apart by what they can do; secrets are left out. */
export interface ConfigEffects {
  /** Keys that can change numbers. A key that nobody marked is one. */
  readonly numbers: { readonly [path: string]: Json };
  /** Keys that only observe. */
  readonly observing: { readonly [path: string]: Json };
}

/**
 * Tells keys that change numbers from keys that only observe (`x-codex-effect: observing` in the options' schema).
 *
 * @param observingOptions options of the trainer that observe as well
 */
export function configEffects(config: ResolvedConfig, observingOptions: readonly string[] = []): ConfigEffects {
  const numbers: Record<string, Json> = {};
  const observing: Record<string, Json> = {};
  for (const [path] of leaves(config.tree)) {
    const value = config.redactedAt(path);
    if (value === undefined) continue;
    const [section = "", option = ""] = path;
    const isObserving =
      observingSections.has(section) ||
      (section === "trainer" && observingOptions.includes(option)) ||
      config.schema.isObserving(path);
    (isObserving ? observing : numbers)[pathText(path)] = value;
  }
  return { numbers, observing };
}
