import type { Json, JsonObject } from "../../contracts/json.js";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import type { PluginEntry } from "../../plugins/plugin-entry.js";
import { kernelPoints } from "../../plugins/points.js";
import { renderTable } from "../../text/text-table.js";

/** One type that a plugin provides. */
export interface ListedType {
  readonly point: string;
  readonly type: string;
  /** Whether the config names it; null when there is no config that could be read. */
  readonly enabled: boolean | null;
}

/** A plugin as `codex list` shows it. */
export interface ListedPlugin {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly provides: readonly ListedType[];
  /** Packages that it brings along. */
  readonly includes: readonly string[];
  readonly problem: {
    readonly code: string;
    readonly what: string;
    readonly where: string | null;
    readonly fix: string | null;
  } | null;
}

/** What plugins provide, from their manifests alone, and what of it a config enables. */
export function listPlugins(catalogue: PluginCatalogue, config?: JsonObject): ListedPlugin[] {
  const enabled = config && enabledTypes(config);
  return catalogue.entries.map((entry) => {
    const { packageName: name, version, folder, includes, problem } = entry;
    const provides = Object.entries(entry.provides).flatMap(([point, types]) =>
      Object.keys(types).map((type) => ({
        point,
        type,
        enabled: enabled ? isEnabled(enabled, entry, point, type) : null,
      })),
    );
    const { code, what, where = null, fix = null } = problem ?? {};
    return { name, version, folder, provides, includes, problem: code && what ? { code, what, where, fix } : null };
  });
}

/** Types that a config names, by point; a type may have its package in front. */
function enabledTypes(config: JsonObject): Map<string, Set<string>> {
  const byPoint = new Map<string, Set<string>>();
  for (const { key, section, cardinality } of kernelPoints) {
    const options = asObject(config[section]);
    const names =
      cardinality === "one"
        ? [options?.type]
        : Object.entries(options ?? {}).map(([name, instance]) => asObject(instance)?.type ?? name);
    byPoint.set(key, new Set(names.filter((name) => typeof name === "string")));
  }
  return byPoint;
}

function isEnabled(enabled: Map<string, Set<string>>, entry: PluginEntry, point: string, type: string): boolean {
  if (entry.problem) return false;
  const names = enabled.get(point);
  return names !== undefined && (names.has(type) || names.has(`${entry.packageName}#${type}`));
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** `codex list` for a person: a line a plugin, then what is wrong with those that are broken. */
export function renderPluginList(plugins: readonly ListedPlugin[], note?: string): string {
  if (plugins.length === 0) return "No plugins found. Install the built-in ones: npm install codex-plugins\n";
  const rows = plugins.map((plugin) => [plugin.name, plugin.version, stateOf(plugin), describeProvided(plugin)]);
  const parts = [renderTable([["plugin", "version", "state", "provides (* enabled by the config)"], ...rows])];
  for (const { name, problem } of plugins) {
    if (!problem) continue;
    parts.push(`\n${name} is broken. ${problem.code}: ${problem.what}\n`);
    if (problem.where && !problem.what.includes(problem.where)) parts.push(`Where: ${problem.where}\n`);
    if (problem.fix) parts.push(`Fix: ${problem.fix}\n`);
  }
  if (note) parts.push(`\n${note}\n`);
  return parts.join("");
}

function stateOf({ problem, provides }: ListedPlugin): string {
  if (problem) return "broken";
  return provides.some(({ enabled }) => enabled) ? "enabled" : "available";
}

/** `corpus text*, schedule constant cosine*`. */
function describeProvided({ provides, includes }: ListedPlugin): string {
  const byPoint = new Map<string, string[]>();
  for (const { point, type, enabled } of provides) {
    byPoint.set(point, [...(byPoint.get(point) ?? []), enabled ? `${type}*` : type]);
  }
  const parts = [...byPoint].map(([point, types]) => `${point} ${types.join(" ")}`);
  return parts.join(", ") || (includes.length > 0 ? `${includes.length} plugins` : "");
}
