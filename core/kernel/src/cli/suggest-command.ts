import { nodeAt } from "../config/config-tree.js";
import type { FlagValues } from "../config/friendly-flags.js";
import { redactWords } from "../config/redact-words.js";
import { isSectionOfMany } from "../config/sections.js";
import { quoteArgument } from "../text/quote-argument.js";
import type { CommandContext } from "./command.js";
import type { ConfigRequest } from "./config-options.js";
import type { Project } from "./project.js";
import { requestWords } from "./request-words.js";

type Request = Partial<ConfigRequest>;

/** A small model, with its tokenizer, that a first run is done with in minutes. */
const firstModel = "gpt-nano";
const firstSteps = "trainer.maxSteps=200";

/** Words that a command takes before what makes its config. */
const operands: { readonly [command: string]: string } = { "data add": "NAME", "config explain": "KEY" };

/**
 * The whole command that was typed, as a shell takes it, with this request in place of its own. Secrets are left out,
 * and with them values for trackers and the like, whose options may be some.
 */
export function commandOf(request: Request, { capture }: CommandContext): string {
  const isShown = (word: string) => word.startsWith("~") || !isSectionOfMany(word.replace("+", "").split(/[.=]/)[0]!);
  const words = requestWords({ ...request, overrides: redactWords(request.overrides?.filter(isShown) ?? [], []) });
  const [command, operand] = [capture.command, operands[capture.command]];
  const all = [...command.split(" "), ...(operand === undefined ? [] : [operand]), ...words];
  return `npx codex ${all.map((word) => quoteArgument(capture.withoutSecrets(word))).join(" ")}`;
}

/**
 * The request with all that a first run needs beside it.
 *
 * @param sections those without a default that nothing fills yet
 * @param presets names of all that there are
 */
export function completeRequest(
  request: Request,
  sections: readonly string[],
  presets: readonly string[],
  project: Project,
): Request {
  const overrides = [...(request.overrides ?? [])];
  const flags: { -readonly [Flag in keyof FlagValues]: FlagValues[Flag] } = { ...request.flags };
  const typeOf = (section: string, usual: string): string => {
    const types = project.catalogue.types(section);
    return `${section}.type=${types.includes(usual) ? usual : (types[0] ?? usual)}`;
  };
  if (sections.includes("data")) flags.texts = ["FILE"];
  const takesModel = sections.includes("model") && presets.includes(`model/${firstModel}`);
  if (takesModel) flags.modelName = firstModel;
  else if (sections.includes("model")) overrides.push(typeOf("model", "gpt"));
  if (sections.includes("tokenizer") && !takesModel) overrides.push(typeOf("tokenizer", "char"));
  if (sections.includes("model") && !saysEnd(request, project)) overrides.push(firstSteps);
  return { ...request, overrides, flags };
}

/** Whether a run is told when to end, as far as can be seen without the trainer. */
function saysEnd({ preset, flags, overrides = [] }: Request, { config }: Project): boolean {
  if (preset !== undefined || flags?.epochs !== undefined) return true;
  return ["maxSteps", "maxEpochs"].some(
    (key) =>
      nodeAt(config.tree, ["trainer", key]) !== undefined ||
      overrides.some((word) => word.replace(/^\+/, "").startsWith(`trainer.${key}=`)),
  );
}
