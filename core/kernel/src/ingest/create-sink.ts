import { join } from "node:path";
import { checkOptions } from "../container/check-options.js";
import { type MetricsSink, SinkPoint } from "../contracts/metrics-sink.js";
import { pluginErrors } from "../errors/plugin-errors.js";
import { activatePlugin } from "../plugins/activate-plugin.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";

const loadLimitMs = 30_000;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

export interface SinkSettings {
  readonly catalogue: PluginCatalogue;
  readonly projectFolder: string;
  readonly type: string;
  /** Who asks, for errors. */
  readonly askedBy: string;
  readonly signal: AbortSignal;
}

/**
 * The sink of a type. No config selects it, so it has no options but its defaults.
 *
 * @throws CODEX_PLUGIN_UNKNOWN_TYPE, CODEX_PLUGIN_AMBIGUOUS_TYPE, CODEX_PLUGIN_MANIFEST_MISMATCH, and what a broken
 *   plugin throws
 */
export async function createSink(settings: SinkSettings): Promise<MetricsSink> {
  const { entry, type } = settings.catalogue.find(SinkPoint.key, settings.type, settings.askedBy);
  const provided = await activatePlugin(entry, loadLimitMs);
  const found = provided.find((each) => each.point.token === SinkPoint.token && each.type === type);
  const { options, issues } = found ? await checkOptions(`sink ${type}`, found.provider.options, {}) : {};
  if (!found || issues) {
    const why = issues ? `has no defaults for its options (${issues.issues.join("; ")})` : "provides none";
    throw pluginErrors.CODEX_PLUGIN_MANIFEST_MISMATCH({
      what: `${entry.packageName} names the sink ${type} and ${why}.`,
      where: entry.folder,
    });
  }
  const folders = { project: settings.projectFolder, cache: join(settings.projectFolder, ".codex/cache") };
  const context = { name: type, logger: silent, signal: settings.signal, seed: 0, folders };
  return (await found.provider.create({}, options, context)) as MetricsSink;
}
