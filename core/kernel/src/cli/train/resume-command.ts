import { friendlyFlags } from "../../config/friendly-flags.js";
import { redactWords } from "../../config/redact-words.js";
import { quoteArgument } from "../../text/quote-argument.js";
import type { ConfigRequest } from "../config-options.js";

/**
 * The whole command that goes on with a run, as a shell takes it, whatever started the run: `npm start` hands no flags
 * on. Values of `secrets`, which are config keys, are left for the user to fill in.
 */
export function resumeCommand(request: ConfigRequest, folder: string, secrets: readonly string[]): string {
  const { preset, overrides, flags } = request;
  const words = ["npx", "codex", "train", ...(preset === undefined ? [] : ["--config", preset])];
  words.push(...redactWords(overrides, secrets));
  for (const { name, flags: spelling } of friendlyFlags) {
    const value = name === "outputDir" ? folder : flags[name];
    if (value !== undefined) words.push(spelling.split(" ")[0]!, ...[value].flat().map(String));
  }
  return [...words, "--resume-from", "latest"].map(quoteArgument).join(" ");
}
