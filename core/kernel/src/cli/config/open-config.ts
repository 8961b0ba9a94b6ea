import { loadConfig } from "../../config/load-config.js";
import { readProjectConfig } from "../../config/project-config.js";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import { discoverPlugins } from "../../plugins/discover-plugins.js";
import { type ConfigOptions, readConfigRequest } from "../config-options.js";
import { findProjectFolder } from "../project-folder.js";
import type { Terminal } from "../terminal.js";

/** The config that a command line asks for. */
export async function openConfig(
  options: ConfigOptions,
  words: readonly string[],
  { workingFolder, env }: Terminal,
): Promise<ResolvedConfig> {
  const projectFolder = findProjectFolder(workingFolder);
  const request = readConfigRequest(options, words, workingFolder);
  const project = await readProjectConfig(projectFolder);
  const catalogue = await discoverPlugins({ projectFolder, extra: project.plugins });
  return loadConfig({ projectFolder, workingFolder, catalogue, project, environment: env, ...request });
}

/** The plugins of the project, and its folder. */
export async function openCatalogue(
  workingFolder: string,
): Promise<{ readonly projectFolder: string; readonly catalogue: PluginCatalogue }> {
  const projectFolder = findProjectFolder(workingFolder);
  const { plugins } = await readProjectConfig(projectFolder);
  return { projectFolder, catalogue: await discoverPlugins({ projectFolder, extra: plugins }) };
}
