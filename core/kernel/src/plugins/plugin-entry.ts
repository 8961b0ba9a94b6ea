import type { JsonObject, Named } from "../contracts/json.js";
import type { PluginDefinition } from "../contracts/plugin.js";
import type { CodexError } from "../errors/codex-error.js";

/** One type that a plugin provides, as its manifest says. */
export interface ProvidedType {
  /** JSON Schema of its options. */
  readonly schema: JsonObject;
  /** Absolute path of the module that installs what the type computes with. */
  readonly installer?: string;
}

/** What is known of an installed plugin without running it. */
export interface PluginEntry {
  readonly packageName: string;
  readonly version: string;
  /** Absolute path of the package, links followed; empty for a definition that was handed over in memory. */
  readonly folder: string;
  /** Range of kernel API versions that it works with. */
  readonly api: string;
  /** Types by point key. */
  readonly provides: Named<Named<ProvidedType>>;
  /** Packages that an umbrella brings along. */
  readonly includes: readonly string[];
  /** Absolute path of the folder with the presets that it ships. */
  readonly presets?: string;
  /** Why it cannot be used. */
  readonly problem?: CodexError;
  /** Set when the plugin was handed over in memory. */
  readonly definition?: PluginDefinition;
}
