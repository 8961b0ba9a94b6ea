import type { ConfigProblem } from "../config/config-problem.js";
import { isInProject } from "../config/locate-config.js";
import { listPresets, nearestPreset, presetFolder, presetFolders, presetNames } from "../config/presets.js";
import { cliErrors } from "../errors/cli-errors.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { configErrors } from "../errors/config-errors.js";
import type { Kernel, KernelSettings } from "../run/kernel-types.js";
import type { CommandContext } from "./command.js";
import type { ConfigRequest } from "./config-options.js";
import { type Project, readProject } from "./project.js";
import { commandOf, completeRequest } from "./suggest-command.js";

/** Sections that nothing has a default for. */
const sectionsWithoutDefault: ReadonlySet<string> = new Set(["data", "model", "tokenizer"]);

/** An example for who names no preset that there is. */
const firstPreset = "quickstart";

/** What a command line asks for, and the project that it works in. */
type ProjectSettings = Partial<ConfigRequest> & { readonly projectFolder: string };

/**
 * Makes the kernel that a command line asks for.
 *
 * @throws CODEX_CLI_NO_PROJECT, CODEX_CLI_NO_PLUGINS, CODEX_CLI_NO_CONFIG, and what is wrong with the config
 */
export async function openRequestedKernel(
  context: CommandContext,
  settings: KernelSettings & { readonly projectFolder: string },
): Promise<Kernel> {
  try {
    return await context.openKernel(settings);
  } catch (error) {
    throw await explainMissingConfig(error, context, settings);
  }
}

/**
 * A shorter answer to a config that lacks what only a user can say, to a folder without plugins, or to one that is
 * outside a project, and to the name of a preset that is not there, with a whole command; any other error as it is.
 */
export async function explainMissingConfig(
  error: unknown,
  context: CommandContext,
  settings: ProjectSettings,
): Promise<unknown> {
  if (!isCodexError(error)) return error;
  const { projectFolder, preset } = settings;
  const problems = (error as { problems?: readonly ConfigProblem[] }).problems ?? [];
  const codes = new Set(problems.map((problem) => problem.error.code));
  const lacksPreset = error.code === "CODEX_CONFIG_PRESET_NOT_FOUND";
  const lacksPlugins = codes.has("CODEX_PLUGIN_UNKNOWN_TYPE");
  // A preset for texts of the user's own names the data's type and leaves its paths to the command line.
  const sections = problems.map(({ key = "" }) => (key === "data.paths" ? "data" : key));
  const lacksSections =
    problems.length > 0 && codes.size === 1 && sections.every((section) => sectionsWithoutDefault.has(section));
  if (!lacksPreset && !lacksPlugins && !lacksSections) return error;

  const own = await presetNames(presetFolder(projectFolder));
  if (!isInProject(projectFolder) && own.length === 0) {
    return cliErrors.CODEX_CLI_NO_PROJECT({
      what: `${projectFolder} is outside a project: neither it nor a folder above has a package.json or a codex.config.`,
      where: projectFolder,
      why: lacksPreset ? error.what : undefined,
      cause: error,
    });
  }
  const project = await readProject(projectFolder);
  if (project.catalogue.entries.length === 0) return noPlugins(error, project);
  if (lacksPlugins) return error;
  const presets = await listPresets(presetFolders(projectFolder, project.catalogue));
  const known = [...new Set(presets.map(({ name }) => name))];
  if (lacksPreset) return withCommand(error, context, settings, known);
  const names = known.filter((name) => !name.includes("/"));
  const orPreset = `Or name a preset with --config NAME: ${names.join(", ")} (\`npx codex config list\`).`;
  return cliErrors.CODEX_CLI_NO_CONFIG({
    what: `Nothing says which ${sections.join(", ")} to take.`,
    where: preset === undefined ? projectFolder : `preset ${preset}`,
    fix: [
      commandOf(completeRequest(settings, sections, known, project), context),
      ...(preset === undefined && names.length > 0 ? [orPreset] : []),
    ].join("\n"),
    cause: error,
  });
}

/** The error of a preset that is not there, with the command that names the nearest one, where the command line did. */
function withCommand(
  error: CodexError,
  context: CommandContext,
  settings: ProjectSettings,
  known: readonly string[],
): CodexError {
  const { preset, flags } = settings;
  const { what, where, why } = error;
  const nearOf = (name: string) => (known.includes(name) ? undefined : nearestPreset(name, known));
  const nearPreset = preset === undefined ? undefined : nearOf(preset);
  const nearModel = flags?.modelName === undefined ? undefined : nearOf(`model/${flags.modelName}`);
  const modelName = nearModel?.startsWith("model/") ? nearModel.slice("model/".length) : undefined;
  const lacksPreset = preset !== undefined && !known.includes(preset) && nearPreset === undefined;
  const example = lacksPreset && known.includes(firstPreset) ? firstPreset : undefined;
  if (nearPreset === undefined && modelName === undefined && example === undefined) return error;
  const request = {
    ...settings,
    preset: nearPreset ?? example ?? preset,
    flags: modelName === undefined ? flags : { ...flags, modelName },
  };
  const command = commandOf(request, context);
  const fix = `${example ? "For example: " : ""}${command}\n\`npx codex config list\` lists all presets.`;
  return configErrors.CODEX_CONFIG_PRESET_NOT_FOUND({ what, where, why, fix, cause: error.cause });
}

function noPlugins(error: CodexError, { folder, catalogue: { searched } }: Project): CodexError {
  return cliErrors.CODEX_CLI_NO_PLUGINS({
    what: "No plugins are installed here.",
    where: folder,
    why: `All that trains is a plugin. Searched: ${searched.join(", ") || "no node_modules folder was found"}.`,
    cause: error,
  });
}
