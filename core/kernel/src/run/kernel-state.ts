import { resolve } from "node:path";
import type { ResolvedConfig } from "../config/resolved-config.js";
import type { Json, Named } from "../contracts/json.js";
import type { ErrorCapture } from "../error-capture/error-capture.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import type { TimeLimits } from "./kernel-types.js";

/** What train, evaluate and generate start from. */
export interface KernelState {
  readonly projectFolder: string;
  /** Where relative paths of checkpoints start. */
  readonly workingFolder: string;
  readonly config: ResolvedConfig;
  readonly catalogue: PluginCatalogue;
  readonly parts: Named<object>;
  readonly limits: Required<TimeLimits>;
  readonly signal: AbortSignal;
  /** Takes what fails. */
  readonly capture: ErrorCapture;
  /** Takes lines of logs that the config sends to stderr. Absent: they go there. */
  readonly printLog?: (text: string) => void;
}

/** The `run` section, with what holds when nothing is said. */
export interface RunSection {
  readonly name: string;
  readonly seed: number;
  /** Whether a resume that is not exact is refused. */
  readonly requireExact: boolean;
  /** Absolute; absent when each run gets a folder of its own below `runs/`. */
  readonly outputFolder?: string;
  readonly cacheFolder: string;
  /** What every tracker gets beside the tags of the environment. */
  readonly tags: Named<string>;
  /** The run that this one is a part of. */
  readonly parent?: string;
  /** Absent where the machine shall not be measured. */
  readonly systemMetrics?: { readonly everySeconds: number };
}

export const defaultLimits: Required<TimeLimits> = {
  createMs: 30_000,
  slowCreateMs: 600_000,
  safetyMs: 30_000,
  trackerMs: 10_000,
};

export function readRunSection({ config, projectFolder }: Pick<KernelState, "config" | "projectFolder">): RunSection {
  const run = isJsonObject(config.value.run) ? config.value.run : {};
  const { seed, requireExact, outputDir, cacheDir, systemMetrics } = run as {
    [key: string]: Json | undefined;
  };
  // These are told to trackers, and shown.
  const told = config.redactedAt(["run"]);
  const { name, tags, parent } = (isJsonObject(told) ? told : {}) as { [key: string]: Json | undefined };
  const outputFolder = typeof outputDir === "string" ? resolve(projectFolder, outputDir) : undefined;
  return {
    name: typeof name === "string" ? name : "run",
    seed: typeof seed === "number" ? seed : 0,
    requireExact: requireExact === true,
    tags: isJsonObject(tags)
      ? Object.fromEntries(Object.entries(tags).map(([tag, value]) => [tag, String(value)]))
      : {},
    ...(typeof parent === "string" ? { parent } : {}),
    ...(outputFolder === undefined ? {} : { outputFolder }),
    cacheFolder: resolve(projectFolder, typeof cacheDir === "string" ? cacheDir : ".codex/cache"),
    ...(systemMetrics === false ? {} : { systemMetrics: { everySeconds: 10, ...(systemMetrics as object) } }),
  };
}
