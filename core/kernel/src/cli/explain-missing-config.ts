import type { ConfigProblem } from "../config/config-problem.js";
import { isInProject } from "../config/locate-config.js";
import { presetFolder, presetNames } from "../config/presets.js";
import { cliErrors } from "../errors/cli-errors.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { discoverPlugins } from "../plugins/discover-plugins.js";
import type { Kernel, KernelSettings } from "../run/kernel-types.js";
import type { CommandContext } from "./command.js";

/** How a section that nothing has a default for is given on the command line. */
const ways: { readonly [section: string]: string } = {
  data: "--texts FILE",
  model: "--model-name NAME",
  tokenizer: "tokenizer.type=char",
};

/** Settings of a command that works in a project. */
type ProjectSettings = KernelSettings & { readonly projectFolder: string };

/**
 * Makes the kernel that a command line asks for.
 *
 * @throws CODEX_CLI_NO_PROJECT, CODEX_CLI_NO_PLUGINS, CODEX_CLI_NO_CONFIG, and what is wrong with the config
 */
export async function openRequestedKernel(context: CommandContext, settings: ProjectSettings): Promise<Kernel> {
  try {
    return await context.openKernel(settings);
  } catch (error) {
    throw isCodexError(error) ? await explainMissingConfig(error, settings) : error;
  }
}

/**
 * A shorter answer to a config that lacks what only a user can say, to a folder without plugins, or to one that is
 * outside a project; any other error as it is.
 */
async function explainMissingConfig(
  error: CodexError,
  { projectFolder, preset }: ProjectSettings,
): Promise<CodexError> {
  const problems = (error as { problems?: readonly ConfigProblem[] }).problems ?? [];
  const codes = new Set(problems.map((problem) => problem.error.code));
  const lacksPreset = error.code === "CODEX_CONFIG_PRESET_NOT_FOUND";
  const lacksPlugins = codes.has("CODEX_PLUGIN_UNKNOWN_TYPE");
  const sections = problems.map(({ key }) => key ?? "");
  const lacksSections = problems.length > 0 && codes.size === 1 && sections.every((section) => ways[section]);
  if (!lacksPreset && !lacksPlugins && !lacksSections) return error;

  const presets = await presetNames(presetFolder(projectFolder));
  if (!isInProject(projectFolder) && presets.length === 0) {
    return cliErrors.CODEX_CLI_NO_PROJECT({
      what: `${projectFolder} is outside a project: neither it nor a folder above has a package.json or a codex.config.`,
      where: projectFolder,
      why: lacksPreset ? error.what : undefined,
      cause: error,
    });
  }
  if (lacksPlugins) return explainMissingPlugins(error, projectFolder);
  if (lacksPreset) return error;
  const names = presets.filter((name) => !name.includes("/"));
  const known = names.length > 0 ? `There are: ${names.join(", ")}.` : `${presetFolder(projectFolder)} has none yet.`;
  const flags = sections.map((section) => `${section} with ${ways[section]}`).join(", ");
  return cliErrors.CODEX_CLI_NO_CONFIG({
    what: `Nothing says which ${sections.join(", ")} to take.`,
    where: preset === undefined ? projectFolder : `preset ${preset}`,
    fix: `Name a preset with --config NAME. ${known} Or give ${flags}.`,
    cause: error,
  });
}

async function explainMissingPlugins(error: CodexError, projectFolder: string): Promise<CodexError> {
  const { entries, searched } = await discoverPlugins({ projectFolder });
  if (entries.length > 0) return error;
  return cliErrors.CODEX_CLI_NO_PLUGINS({
    what: "No plugins are installed here.",
    where: projectFolder,
    why: `All that trains is a plugin. Searched: ${searched.join(", ") || "no node_modules folder was found"}.`,
    cause: error,
  });
}
