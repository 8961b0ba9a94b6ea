import type { Command, CommanderError } from "commander";
import { cliErrors } from "../errors/cli-errors.js";
import type { CodexError } from "../errors/codex-error.js";

const factories: { readonly [code: string]: keyof typeof cliErrors.definitions } = {
  "commander.unknownCommand": "CODEX_CLI_UNKNOWN_COMMAND",
  "commander.unknownOption": "CODEX_CLI_UNKNOWN_OPTION",
  "commander.missingArgument": "CODEX_CLI_MISSING_ARGUMENT",
  "commander.optionMissingArgument": "CODEX_CLI_MISSING_ARGUMENT",
  "commander.missingMandatoryOptionValue": "CODEX_CLI_MISSING_ARGUMENT",
  "commander.invalidArgument": "CODEX_CLI_INVALID_VALUE",
};

const usageCodes: ReadonlySet<string> = new Set([
  ...Object.values(factories),
  "CODEX_CLI_USAGE",
  "CODEX_CLI_NOT_AN_OVERRIDE",
]);

/** Whether the command line was mistyped, so that nothing was performed. */
export function isUsageError({ code }: CodexError): boolean {
  return usageCodes.has(code);
}

/**
 * What the parser complains of, as a coded error. `command` is the one that was reached.
 */
export function usageError(error: CommanderError, command: Command): CodexError {
  const commandPath = pathOf(command);
  if (error.code === "commander.help") {
    return cliErrors.CODEX_CLI_MISSING_ARGUMENT({
      what: `${commandPath} needs one of its commands.`,
      where: commandPath,
      fix: `Run \`${commandPath} --help\` for them.`,
    });
  }
  const [message = "", ...hints] = error.message.replace(/^error: /, "").split("\n");
  const suggestion = /\(Did you mean (?:one of )?(.+?)\?\)/.exec(hints.join(" "))?.[1] ?? longerName(error, command);
  const code = factories[error.code] ?? "CODEX_CLI_USAGE";
  const general = generalFix(code, command);
  return cliErrors[code]({
    what: `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, "")}.`,
    where: commandPath,
    fix: suggestion ? `Did you mean ${suggestion}? ${general}` : general,
  });
}

/** What helps whatever was mistyped, at the command that was reached. */
function generalFix(code: keyof typeof cliErrors.definitions, command: Command): string | undefined {
  const { fix } = cliErrors.definitions[code];
  if (code === "CODEX_CLI_UNKNOWN_COMMAND") return `Run \`${pathOf(command)} --help\` for the commands.`;
  const takesKeys = command.registeredArguments.some((argument) => argument.name() === "overrides");
  if (code !== "CODEX_CLI_UNKNOWN_OPTION" || !takesKeys) return fix;
  return `${fix} Any config key can be set as KEY=VALUE.`;
}

/** The command or option whose beginning was typed: `generate` for `gen`, `--resume-from` for `--resume`. */
function longerName(error: CommanderError, command: Command): string | undefined {
  const typed = /'([^'=]+)/.exec(error.message)?.[1];
  if (typed === undefined) return undefined;
  const commands = error.code === "commander.unknownCommand" ? command.commands.map((each) => each.name()) : [];
  const options = error.code === "commander.unknownOption" ? command.options.map(({ long }) => long ?? "") : [];
  return [...commands, ...options].find((name) => name.startsWith(typed));
}

/** `codex runs show` */
export function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names.join(" ");
}
