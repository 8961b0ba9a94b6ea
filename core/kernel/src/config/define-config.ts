import type { Logger } from "../contracts/logger.js";
import type { PluginDefinition } from "../contracts/plugin.js";

type LogLevel = keyof Logger;

/** A section that one part fills, or one instance of a section that several fill. */
export interface PartConfig {
  /** The registered type; `PACKAGE#TYPE` where two plugins claim one. In a map of several it defaults to the key. */
  readonly type?: string;
  /** Whether the run may go on without this part when it cannot be made. */
  readonly optional?: boolean;
  /** Options of the type; `codex config schema` writes a schema of them all. */
  readonly [option: string]: unknown;
}

/** Parts by name. */
export interface PartConfigs {
  readonly [name: string]: PartConfig;
}

/** The shape of a config, as files and programs write it. */
export interface CodexConfig {
  /** Groups below configs/ that this config is laid over: `model/gpt-nano`. */
  readonly defaults?: readonly string[];
  readonly run?: {
    /** Part of the run's id. */
    readonly name?: string;
    /** Seed of all randomness. */
    readonly seed?: number;
    /** The run's folder; default: a folder of its own below runs/. */
    readonly outputDir?: string;
    /** Folder for what can be made again. */
    readonly cacheDir?: string;
    /** How often the machine and the process are measured; false for never. Default: every 10 seconds. */
    readonly systemMetrics?: { readonly everySeconds?: number } | false;
  };
  readonly logging?: {
    /** The least grave lines that are kept. Default: info. */
    readonly level?: LogLevel;
    /** Levels of single parts, by their labels: `tracker.mlflow`. */
    readonly levels?: { readonly [component: string]: LogLevel };
    /** In which form lines go to stderr as well. Default: none. */
    readonly stderr?: "none" | "human" | "json";
    /** Size at which log.ndjson is put aside and begun anew. Default: 16 MiB. */
    readonly maxFileBytes?: number;
    /** Log files that are kept. Default: 5. */
    readonly maxFiles?: number;
  };
  readonly data?: PartConfig;
  readonly tokenizer?: PartConfig;
  readonly model?: PartConfig;
  readonly objective?: PartConfig;
  readonly optimizer?: PartConfig;
  readonly schedule?: PartConfig;
  readonly trainer?: PartConfig;
  readonly evaluator?: PartConfig;
  readonly generator?: PartConfig;
  readonly compute?: PartConfig;
  readonly checkpoint?: PartConfig;
  readonly tracker?: PartConfigs;
  readonly safety?: PartConfigs;
  readonly callback?: PartConfigs;
}

/** What codex.config.ts exports: a config, and plugins that are not installed as packages. */
export interface ProjectConfig extends CodexConfig {
  /** Folders (relative to the project), packages, or definitions. */
  readonly plugins?: readonly (string | PluginDefinition)[];
}

/**
 * Types a project's config; returns it as it is.
 *
 * @example
 * export default defineConfig({ compute: { type: "onnx", threads: 4 }, plugins: ["./plugins/my-tracker"] });
 */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config;
}
