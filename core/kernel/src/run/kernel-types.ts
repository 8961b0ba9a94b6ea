import type { CodexConfig } from "../config/define-config.js";
import type { FlagValues } from "../config/friendly-flags.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import type { Split } from "../contracts/batch-source.js";
import type { CheckpointStore } from "../contracts/checkpoint-store.js";
import type { ProgramGraph } from "../contracts/compute-backend.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { GeneratedText, GeneratedToken, StopReason } from "../contracts/generator.js";
import type { JsonObject, Named } from "../contracts/json.js";
import type { Dependencies, PluginDefinition } from "../contracts/plugin.js";
import type { CodexError } from "../errors/codex-error.js";
import type { MetricInterval } from "../evaluation/bootstrap.js";
import type { DiskSpace } from "../plan/disk-space.js";
import type { NearestFit } from "../plan/memory-fit.js";
import type { MemoryLimit } from "../plan/memory-limit.js";
import type { RunPlan } from "../plan/plan-run.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import type { ProbeAnswer } from "./probe.js";
import type { RunObserver, TrainResult } from "./run-observer.js";

/** How long the kernel waits for what plugins do. */
export interface TimeLimits {
  /** Milliseconds in which a plugin's code must load, and a part must be made. Default 30,000. */
  readonly createMs?: number;
  /**
   * Milliseconds for parts whose making may be long work: corpus, batchSource, tokenizer, compute. Default 600,000;
   * after `createMs` the log says that the kernel still waits.
   */
  readonly slowCreateMs?: number;
  /** Milliseconds in which a safety filter must answer. Default 30,000. */
  readonly safetyMs?: number;
  /** Milliseconds in which a tracker must open, write a batch, or close. Default 10,000. */
  readonly trackerMs?: number;
}

/**
 * The caller's own part: an instance; a plain class, made with (dependencies, options, context) of which dependencies
 * are all parts of the run that its static `dependencies` map names; or a class decorated with `@injectable`, whose
 * constructor takes parts by the tokens of their points.
 */
export type PartReplacement = object;

/** Points that one part fills, by the name that their parts get. */
export type PartPoints = { readonly [name: string]: ContributionPoint<unknown, "one"> };

/** The parts that fill points, by the same names. */
export type Parts<Points extends PartPoints> = Dependencies<Points>;

/** What `createKernel` takes. */
export interface KernelSettings {
  /** Default: the current working directory. */
  readonly projectFolder?: string;
  /** A config written in the program; it goes over the project's files and the preset. */
  readonly config?: CodexConfig | JsonObject;
  /** A preset under `configs/`. */
  readonly preset?: string;
  /** `trainer.maxSteps=100`, `+tracker.mlflow={}`, `~tracker.files`. */
  readonly overrides?: readonly string[];
  /** Values of the command line's friendly flags. */
  readonly flags?: FlagValues;
  /** Where relative paths of flags, of the preset and of checkpoints start. Default: the project's folder. */
  readonly workingFolder?: string;
  /** Plugins beside the installed ones: definitions, or folders. */
  readonly plugins?: readonly (string | PluginDefinition)[];
  /** Parts in place of those that the config would make, by point key; of points that several fill, by name. */
  readonly parts?: Named<PartReplacement | Named<PartReplacement>>;
  /**
   * The checkpoint whose config is taken in place of the project's, without trackers and callbacks, so that it needs
   * nothing else to evaluate or generate: a checkpoint's folder, a run's folder, its runId, or `latest`, the newest run
   * that has a checkpoint.
   */
  readonly checkpoint?: string;
  /**
   * The run whose config is taken in place of the project's, trackers and callbacks among it: its folder, its runId, or
   * `latest`.
   */
  readonly run?: string;
  /** Sections without a default that the config must have. Default: data, tokenizer, model. */
  readonly needed?: readonly string[];
  /** Aborts everything that the kernel does. */
  readonly signal?: AbortSignal;
  readonly limits?: TimeLimits;
  /** Takes the lines that `logging.stderr` sends to stderr, with their ends. Default: they are written there. */
  readonly printLog?: (text: string) => void;
}

export interface TrainSettings {
  /**
   * A checkpoint's folder, a run's folder, its runId, or `latest`: the newest checkpoint of the output folder that
   * loads, else a fresh start.
   */
  readonly resumeFrom?: string;
  /** Folder of the run that this one repeats, for run.json. */
  readonly replayOf?: string;
  /** What may differ from the run of the checkpoint: `data`, whose positions then mean other texts. */
  readonly allowChanged?: readonly "data"[];
  readonly observer?: RunObserver;
  readonly signal?: AbortSignal;
}

export interface EvaluateSettings {
  /**
   * A checkpoint's folder, a run's folder or its runId: the newest checkpoint that loads; or `latest`, the newest run that
   * has one.
   */
  readonly checkpoint: string;
  /** Default: validation, where there are no tasks. */
  readonly split?: Split;
  /** Files of tasks; relative ones start where checkpoints do. */
  readonly tasks?: readonly string[];
  /** Leaves out tasks for which texts are written. */
  readonly withoutGeneration?: boolean;
  /** Samples that intervals are drawn from. Default: 0, no intervals. */
  readonly bootstrap?: number;
  /** Of the bootstrap and of texts that are not greedily written. Default: the config's run.seed. */
  readonly seed?: number;
  readonly observer?: RunObserver;
  readonly signal?: AbortSignal;
}

export interface SyncSettings {
  /** The run's folder, its runId, or `latest`. */
  readonly run: string;
  readonly observer?: RunObserver;
  readonly signal?: AbortSignal;
  /** How long another process that has the run's folder is waited for, milliseconds. Default: it is not. */
  readonly waitMs?: number;
}

/** What a checkpoint was measured as. */
export interface EvaluationAnswer {
  /** The checkpoint's folder. */
  readonly checkpoint: string;
  /** Completed steps. */
  readonly step: number;
  /** Left out when tasks alone were measured. */
  readonly split?: Split;
  /** Names of the tasks that were measured. */
  readonly tasks: readonly string[];
  /** Samples that the intervals were drawn from; 0 without intervals. */
  readonly bootstrap: number;
  /** Of the samples, and of texts that were not greedily written. */
  readonly seed: number;
  /** `eval/loss`, `eval/train/loss` of the training split, `eval/TASK/accuracy` … */
  readonly metrics: Named<number>;
  /** Of each metric that can be resampled, where that was asked for. */
  readonly intervals: Named<MetricInterval>;
}

/** How texts are written with a checkpoint. */
export interface WritingSettings {
  /**
   * A checkpoint's folder, a run's folder or its runId: the newest checkpoint that loads; or `latest`, the newest run that
   * has one.
   */
  readonly checkpoint: string;
  readonly maxNewTokens: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** The same seed and prompts write the same texts. Default: the config's run.seed. */
  readonly seed?: number;
  readonly observer?: RunObserver;
  readonly signal?: AbortSignal;
}

export interface GenerateSettings extends WritingSettings {
  readonly prompt: string;
}

export interface GenerateAllSettings extends WritingSettings {
  readonly prompts: readonly string[];
}

export interface PlanSettings {
  /** Takes a few real steps, on the device, and throws the results away. */
  readonly probe?: boolean;
  /** Compiles the programs of a step and of an evaluation, without a device, and shows their graphs. */
  readonly graph?: boolean;
  readonly signal?: AbortSignal;
}

/** What a run will need, and whether it fits. */
export interface PlanAnswer extends RunPlan {
  readonly vocabSize: number;
  readonly contextLength: number;
  readonly limit: MemoryLimit;
  readonly disk: DiskSpace;
  /** Whether the memory is enough. */
  readonly fits: boolean;
  /** Changes after which it fits, each by itself; empty where it fits, or where none is found. */
  readonly nearest: readonly NearestFit[];
  /** What training would be refused with, memory among it. */
  readonly problems: readonly CodexError[];
  /** What would not fail and is hardly meant, one sentence each. */
  readonly warnings: readonly string[];
  /** Where a probe was asked for, and nothing refuses the run. */
  readonly probe?: ProbeAnswer;
  /** Where they were asked for; empty where the compute backend has none, or the trainer does not tell its programs. */
  readonly graphs?: readonly ProgramGraph[];
}

/** Stands in the place of a text that there is not. */
export interface RefusedText {
  /** CODEX_SAFETY_REFUSED */
  readonly refusal: CodexError;
}

/** A config, the plugins that can fill it, and what can be done with them. */
export interface Kernel {
  readonly config: ResolvedConfig;
  readonly catalogue: PluginCatalogue;
  /**
   * What training will need; touches no device, unless a probe is asked for.
   *
   * @throws CODEX_PLAN_PROBE, and what keeps the model from being planned
   */
  plan(settings?: PlanSettings): Promise<PlanAnswer>;
  /** @throws a coded error when a part that the run needs fails, when the config is wrong, when training fails */
  train(settings?: TrainSettings): Promise<TrainResult>;
  /**
   * Delivers to the config's trackers what they have not of a run that is over. By name, whether a tracker has all of
   * it now.
   *
   * @throws CODEX_RUN_FOLDER_LIVE when the run goes on
   */
  sync(settings: SyncSettings): Promise<Named<boolean>>;
  /** Metrics of a checkpoint on a whole split, or on tasks. */
  evaluate(settings: EvaluateSettings): Promise<EvaluationAnswer>;
  /** Yields tokens as they are made; what has been yielded has passed the safety filters. */
  generate(settings: GenerateSettings): AsyncGenerator<GeneratedToken, StopReason, void>;
  /**
   * Yields whole texts, in the order of their prompts, each as soon as it and those before it have ended. Each has a
   * random stream of its own: it is the same in whatever company. In the place of a text whose prompt, or which itself,
   * a safety filter refuses stands the refusal.
   */
  generateAll(settings: GenerateAllSettings): AsyncGenerator<GeneratedText | RefusedText, void, void>;
  /** Works with the store that the config names for checkpoints; it is closed again afterwards. */
  withCheckpoints<Value>(use: (store: CheckpointStore) => Promise<Value>): Promise<Value>;
  /**
   * Works with the parts that fill these points, and nothing else but what they depend on; they are closed again
   * afterwards.
   *
   * @example
   * await kernel.withParts({ corpus: CorpusPoint }, ({ corpus }) => corpus.fingerprint());
   */
  withParts<Points extends PartPoints, Value>(
    points: Points,
    use: (parts: Parts<Points>) => Promise<Value>,
  ): Promise<Value>;
  /** Stops what still runs and waits for it. */
  dispose(): Promise<void>;
}
