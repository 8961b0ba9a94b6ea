import type { Json, Named } from "../contracts/json.js";
import { digestJson } from "./digest.js";
import type { Lockfile } from "./lockfile.js";

/** What a difference is about. */
export type LockArea = "config" | "plugin" | "data" | "tokenizer" | "compute" | "environment";

/**
 * What a difference does to a run's numbers: `numbers`, it changes them; `maybe`, nobody can promise that it does not;
 * `none`, it does not.
 */
export type LockEffect = "numbers" | "maybe" | "none";

/** One difference between two locks. */
export interface LockDifference {
  readonly area: LockArea;
  /** The config's key, the plugin's name, or the field. */
  readonly key: string;
  /** Absent where that side has no such key. */
  readonly saved?: Json;
  readonly current?: Json;
  readonly effect: LockEffect;
}

/** Key of the difference between the digests of what only observes. */
export const observingKeys = "keys that only observe";

/** All differences between a lock that was kept and the lock of now. */
export function compareLocks(saved: Lockfile, current: Lockfile): readonly LockDifference[] {
  const found: LockDifference[] = [];
  const add = (area: LockArea, key: string, effect: LockEffect, before?: Json, after?: Json) => {
    if (digestJson(before ?? null) === digestJson(after ?? null)) return;
    const sides = {
      ...(before === undefined ? {} : { saved: before }),
      ...(after === undefined ? {} : { current: after }),
    };
    found.push({ area, key, effect, ...sides });
  };
  for (const key of keysOf(saved.config.values, current.config.values)) {
    const effect = isSettledByFingerprint(key, saved, current) ? "none" : "numbers";
    add("config", key, effect, own(saved.config.values, key), own(current.config.values, key));
  }
  if (saved.config.observing !== current.config.observing) {
    add("config", observingKeys, "none", saved.config.observing, current.config.observing);
  }
  add("data", "data", "numbers", saved.data, current.data);
  add("tokenizer", "tokenizer", "numbers", saved.tokenizer, current.tokenizer);
  add("compute", "device", "numbers", saved.compute?.device, current.compute?.device);
  add("compute", "deviceName", "none", saved.compute?.deviceName, current.compute?.deviceName);
  add("compute", "runtime", "numbers", saved.compute?.runtime, current.compute?.runtime);
  add("compute", "instructionSet", "numbers", saved.compute?.instructionSet, current.compute?.instructionSet);
  add("compute", "threads", "none", saved.compute?.threads, current.compute?.threads);
  for (const name of keysOf(saved.plugins, current.plugins)) {
    const before = own(saved.plugins, name);
    const after = own(current.plugins, name);
    const effect = (before ?? after)?.observes && (after ?? before)?.observes ? "none" : "maybe";
    add("plugin", name, effect, before && { ...before }, after && { ...after });
  }
  add("environment", "node", "maybe", saved.node, current.node);
  add("environment", "platform", "maybe", saved.platform, current.platform);
  return found;
}

/** Whether numbers are promised to be the same, to the bit, on both sides. */
export function promisesSameBits(differences: readonly LockDifference[]): boolean {
  return differences.every(({ effect }) => effect === "none");
}

/** Options of data and tokenizer, such as paths, do nothing that their fingerprints do not show. */
function isSettledByFingerprint(key: string, saved: Lockfile, current: Lockfile): boolean {
  const section = key.slice(0, key.indexOf("."));
  if (section !== "data" && section !== "tokenizer") return false;
  return saved[section] !== undefined && saved[section] === current[section];
}

function keysOf(left: Named<unknown>, right: Named<unknown>): readonly string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
}

function own<Value>(values: Named<Value>, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}
