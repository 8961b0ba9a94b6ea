import type { ConfigProblem } from "../../config/config-problem.js";
import { presetFolder, presetNames } from "../../config/presets.js";
import { cliErrors } from "../../errors/cli-errors.js";
import { isCodexError } from "../../errors/codex-error.js";
import { discoverPlugins } from "../../plugins/discover-plugins.js";

/** How a section that nothing has a default for is given on the command line. */
const ways: { readonly [section: string]: string } = {
  data: "--texts FILE",
  model: "--model-name NAME",
  tokenizer: "tokenizer.type=char",
};

/**
 * A shorter answer to a config that lacks what only a user can say, or to a folder without plugins; any other error as
 * it is.
 */
export async function explainMissingConfig(
  error: unknown,
  projectFolder: string,
  preset: string | undefined,
): Promise<unknown> {
  if (!isCodexError(error)) return error;
  const problems = (error as { problems?: readonly ConfigProblem[] }).problems ?? [];
  const codes = new Set(problems.map((problem) => problem.error.code));
  if (codes.has("CODEX_PLUGIN_UNKNOWN_TYPE")) {
    const { entries, searched } = await discoverPlugins({ projectFolder });
    if (entries.length > 0) return error;
    return cliErrors.CODEX_CLI_NO_PLUGINS({
      what: "No plugins are installed here.",
      where: projectFolder,
      why: `All that trains is a plugin. Searched: ${searched.join(", ") || "no node_modules folder was found"}.`,
      cause: error,
    });
  }
  const sections = problems.map(({ key }) => key ?? "");
  if (problems.length === 0 || codes.size > 1 || !sections.every((section) => ways[section])) return error;
  const names = (await presetNames(presetFolder(projectFolder))).filter((name) => !name.includes("/"));
  const known = names.length > 0 ? `There are: ${names.join(", ")}.` : `${presetFolder(projectFolder)} has none yet.`;
  const flags = sections.map((section) => `${section} with ${ways[section]}`).join(", ");
  return cliErrors.CODEX_CLI_NO_CONFIG({
    what: `Nothing says which ${sections.join(", ")} to train with.`,
    where: preset === undefined ? projectFolder : `preset ${preset}`,
    fix: `Name a preset with --config NAME. ${known} Or give ${flags}.`,
    cause: error,
  });
}
