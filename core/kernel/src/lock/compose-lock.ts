import type { ResolvedConfig } from "../config/resolved-config.js";
import type { DeviceInfo } from "../contracts/compute-backend.js";
import type { JsonObject } from "../contracts/json.js";
import type { PluginEntry } from "../plugins/plugin-entry.js";
import { configEffects } from "./config-effects.js";
import { digestJson } from "./digest.js";
import { type LockedPlugin, type Lockfile, lockFormatVersion } from "./lockfile.js";
import { packageIntegrity } from "./package-integrity.js";

/** What a lock is made of. */
export interface LockFacts {
  readonly runId: string;
  readonly config: ResolvedConfig;
  /** Options of the trainer that change no number, beside those that their schema marks. */
  readonly observingOptions?: readonly string[];
  /** The plugins that the run's parts are from, by their names. */
  readonly plugins: Lockfile["plugins"];
  readonly dataFingerprint?: string;
  readonly tokenizerFingerprint?: string;
  readonly device?: DeviceInfo;
  /** What environment.json says. */
  readonly environment: JsonObject;
}

/** The lock of a run whose parts are made. */
export function composeLock(facts: LockFacts): Lockfile {
  const { runId, config, device, dataFingerprint, tokenizerFingerprint } = facts;
  const { numbers, observing } = configEffects(config, facts.observingOptions);
  const { runId: _, command: __, ...environment } = facts.environment;
  return {
    formatVersion: lockFormatVersion,
    runId,
    config: { numbers: digestJson(numbers), observing: digestJson(observing), values: numbers },
    plugins: facts.plugins,
    ...(dataFingerprint === undefined ? {} : { data: dataFingerprint }),
    ...(tokenizerFingerprint === undefined ? {} : { tokenizer: tokenizerFingerprint }),
    ...(device ? { compute: lockDevice(device) } : {}),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    environment: digestJson(environment),
  };
}

/**
 * Plugins with the digests of their files, by name. Reads all of these files.
 *
 * @param observes whether a plugin's parts in the run only look on
 */
export async function lockPlugins(
  entries: readonly PluginEntry[],
  observes: (packageName: string) => boolean,
): Promise<Lockfile["plugins"]> {
  const sorted = [...entries].sort((a, b) => (a.packageName < b.packageName ? -1 : 1));
  const locked = await Promise.all(
    sorted.map(async ({ packageName, version, folder }) => {
      const plugin: LockedPlugin = {
        version: version || "in memory",
        integrity: await packageIntegrity(folder),
        ...(observes(packageName) ? { observes: true } : {}),
      };
      return [packageName, plugin] as const;
    }),
  );
  return Object.fromEntries(locked);
}

function lockDevice({ kind, name, runtime, instructionSet, threads }: DeviceInfo): NonNullable<Lockfile["compute"]> {
  return { device: kind, deviceName: name, runtime, instructionSet, threads };
}
