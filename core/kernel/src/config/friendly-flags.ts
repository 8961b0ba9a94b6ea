/** Flags of the command line that stand for config keys. */
export interface FlagValues {
  /** Files of text: `data.paths`; names the data type `text` where nothing else names one. */
  readonly texts?: readonly string[];
  /** The group `model/NAME`. */
  readonly modelName?: string;
  readonly outputDir?: string;
  readonly epochs?: number | string;
  readonly seed?: number | string;
  readonly device?: string;
  readonly dtype?: string;
  readonly logLevel?: string;
  readonly logStderr?: string;
}

/** A friendly flag, as `--help` shows it. */
export interface FriendlyFlag {
  readonly name: keyof FlagValues;
  /** As commander declares options. */
  readonly flags: string;
  readonly description: string;
  /** The config key that it sets. */
  readonly key: string;
}

/** All friendly flags, in the order of the help. */
export const friendlyFlags: readonly FriendlyFlag[] = [
  { name: "texts", flags: "--texts <file...>", description: "files, folders or globs of text", key: "data.paths" },
  { name: "modelName", flags: "--model-name <name>", description: "the preset model/NAME", key: "model" },
  { name: "outputDir", flags: "--output-dir <folder>", description: "the run's folder", key: "run.outputDir" },
  { name: "epochs", flags: "--epochs <count>", description: "passes over the data", key: "trainer.maxEpochs" },
  { name: "seed", flags: "--seed <number>", description: "seed of all randomness", key: "run.seed" },
  { name: "device", flags: "--device <name>", description: "where to compute", key: "compute.device" },
  { name: "dtype", flags: "--dtype <name>", description: "number format to compute in", key: "compute.dtype" },
  { name: "logLevel", flags: "--log-level <level>", description: "error, warn, info or debug", key: "logging.level" },
  { name: "logStderr", flags: "--log-stderr <form>", description: "the log as human or json", key: "logging.stderr" },
];
