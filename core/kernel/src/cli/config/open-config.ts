import { loadConfig } from "../../config/load-config.js";
import { readProjectConfig } from "../../config/project-config.js";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import { configSecrets } from "../../error-capture/private-text.js";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import { discoverPlugins } from "../../plugins/discover-plugins.js";
import type { CommandContext } from "../command.js";
import { type ConfigOptions, readConfigRequest } from "../config-options.js";
import { explainMissingConfig } from "../explain-missing-config.js";
import { findProjectFolder } from "../project-folder.js";

/**
 * The config that a command line asks for.
 *
 * @throws what is wrong with it, with a whole command where a preset or a section is not there
 */
export async function openConfig(
  options: ConfigOptions,
  words: readonly string[],
  context: CommandContext,
): Promise<ResolvedConfig> {
  const { capture, terminal } = context;
  const { workingFolder, env } = terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const request = readConfigRequest(options, words, workingFolder);
  return capture.during("read the config", async () => {
    const project = await readProjectConfig(projectFolder);
    const catalogue = await discoverPlugins({ projectFolder, extra: project.plugins });
    const settings = { projectFolder, workingFolder, catalogue, project, environment: env, ...request };
    const config = await loadConfig(settings).catch(async (error: unknown) => {
      throw await explainMissingConfig(error, context, { projectFolder, ...request });
    });
    capture.hideSecrets(configSecrets(config.value, config.secrets));
    return config;
  });
}

/** The plugins of the project, and its folder. */
export function openCatalogue({
  capture,
  terminal,
}: CommandContext): Promise<{ readonly projectFolder: string; readonly catalogue: PluginCatalogue }> {
  const projectFolder = findProjectFolder(terminal.workingFolder);
  return capture.during("read the config", async () => {
    const { plugins } = await readProjectConfig(projectFolder);
    return { projectFolder, catalogue: await discoverPlugins({ projectFolder, extra: plugins }) };
  });
}
