import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Json } from "../contracts/json.js";
import { cliErrors } from "../errors/cli-errors.js";
import { wholeNumber } from "./option-values.js";

/** Friendly flags, as commander hands them over. */
export interface ConfigOptions {
  readonly config?: string;
  readonly modelName?: string;
  readonly texts?: readonly string[];
  readonly outputDir?: string;
  readonly name?: string;
  readonly epochs?: number;
  readonly seed?: number;
  readonly device?: string;
  readonly dtype?: string;
}

/** What of a command line makes a config. */
export interface ConfigRequest {
  readonly preset?: string;
  /** Values by config key. */
  readonly flags: { readonly [key: string]: Json };
  readonly overrides: readonly string[];
}

const overrideShape = /^(~[^\s=]+|\+?[A-Za-z_$][^\s=]*=.*)$/s;

/** Adds the flags that stand for config keys, and room for overrides. */
export function addConfigOptions(command: Command): Command {
  return command
    .argument("[overrides...]", "config overrides: KEY=VALUE, +KEY=VALUE, ~KEY")
    .option("-c, --config <name>", "the preset configs/NAME.yaml")
    .option("--model-name <name>", "the model preset configs/model/NAME.yaml")
    .option("--texts <file...>", "text to train on: files, folders, globs (data.paths)")
    .option("--output-dir <folder>", "the run's folder (run.outputDir; default: runs/RUNID)")
    .option("--name <name>", "the run's name (run.name)")
    .addOption(new Option("--epochs <n>", "passes over the text (trainer.maxEpochs)").argParser(wholeNumber(1)))
    .addOption(new Option("--seed <n>", "seed of all randomness (run.seed)").argParser(wholeNumber(0)))
    .option("--device <device>", "where to compute (compute.device)")
    .option("--dtype <type>", "the element type of tensors (compute.dtype)");
}

/**
 * Flags and overrides as a config takes them. Paths are meant from the working folder; a config's start at the
 * project's, so where the two differ they are made absolute.
 *
 * @throws CODEX_CLI_NOT_AN_OVERRIDE
 */
export function readConfigRequest(
  options: ConfigOptions,
  words: readonly string[],
  workingFolder: string,
  projectFolder: string,
): ConfigRequest {
  const fromHere = (path: string): string =>
    path.startsWith("npm:") || relative(workingFolder, projectFolder) === "" ? path : resolve(workingFolder, path);
  // `--texts` takes all words up to the next option, overrides included.
  const isOverride = (word: string): boolean => overrideShape.test(word) && !existsSync(resolve(workingFolder, word));
  const texts = options.texts?.filter((word) => !isOverride(word));
  const overrides = [...words, ...(options.texts?.filter(isOverride) ?? [])];
  requireOverrides(overrides, workingFolder);

  const flags: Record<string, Json> = {};
  if (texts && texts.length > 0) Object.assign(flags, { "data.type": "text", "data.paths": texts.map(fromHere) });
  if (options.outputDir !== undefined) flags["run.outputDir"] = fromHere(options.outputDir);
  if (options.name !== undefined) flags["run.name"] = options.name;
  if (options.epochs !== undefined) flags["trainer.maxEpochs"] = options.epochs;
  if (options.seed !== undefined) flags["run.seed"] = options.seed;
  if (options.device !== undefined) flags["compute.device"] = options.device;
  if (options.dtype !== undefined) flags["compute.dtype"] = options.dtype;
  return { preset: options.config, flags, overrides };
}

/**
 * The words, which must all be overrides.
 *
 * @throws CODEX_CLI_NOT_AN_OVERRIDE
 */
export function requireOverrides(words: readonly string[], workingFolder: string): readonly string[] {
  for (const word of words) if (!overrideShape.test(word)) throw notAnOverride(word, workingFolder);
  return words;
}

function notAnOverride(word: string, workingFolder: string): Error {
  const { fix } = cliErrors.definitions.CODEX_CLI_NOT_AN_OVERRIDE;
  const isFile = existsSync(resolve(workingFolder, word));
  return cliErrors.CODEX_CLI_NOT_AN_OVERRIDE({
    what: `"${word}" is no config override.`,
    fix: isFile ? `Is it text to train on? --texts ${word}. ${fix}` : `Is it a preset? --config ${word}. ${fix}`,
  });
}
