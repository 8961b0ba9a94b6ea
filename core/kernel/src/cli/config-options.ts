import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { type FlagValues, friendlyFlags } from "../config/friendly-flags.js";
import { cliErrors } from "../errors/cli-errors.js";

/** Options that make a config, as commander hands them over. */
export interface ConfigOptions extends FlagValues {
  readonly config?: string;
}

/** What of a command line makes a config. */
export interface ConfigRequest {
  readonly preset?: string;
  readonly flags: FlagValues;
  readonly overrides: readonly string[];
}

const overrideShape = /^(~[^\s=]+|\+?[A-Za-z_$][^\s=]*=.*)$/s;

/** Adds the flags that stand for config keys, and room for overrides. */
export function addConfigOptions(command: Command): Command {
  command
    .argument("[overrides...]", "config overrides: KEY=VALUE, +KEY=VALUE, ~KEY")
    .option("-c, --config <name>", "a preset: configs/NAME.yaml, else one that a package ships, or a path");
  for (const { flags, description, key } of friendlyFlags) command.option(flags, `${description} (${key})`);
  return command;
}

/**
 * Flags and overrides as a config takes them.
 *
 * @throws CODEX_CLI_NOT_AN_OVERRIDE
 */
export function readConfigRequest(
  options: ConfigOptions,
  words: readonly string[],
  workingFolder: string,
): ConfigRequest {
  // `--texts` takes all words up to the next option, overrides included.
  const isOverride = (word: string): boolean => overrideShape.test(word) && !existsSync(resolve(workingFolder, word));
  const texts = options.texts?.filter((word) => !isOverride(word));
  const overrides = [...words, ...(options.texts?.filter(isOverride) ?? [])];
  requireOverrides(overrides, workingFolder);
  const flags: Record<string, FlagValues[keyof FlagValues]> = {};
  for (const { name } of friendlyFlags) {
    const value = name === "texts" ? texts : options[name];
    if (value !== undefined) flags[name] = value;
  }
  return { preset: options.config, flags: flags as FlagValues, overrides };
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
