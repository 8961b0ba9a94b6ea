import { type LoadedProjectConfig, readProjectConfig } from "../config/project-config.js";
import type { CodexError } from "../errors/codex-error.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import { discoverPlugins } from "../plugins/discover-plugins.js";
import { toCodexError } from "./render-error.js";

/** What commands that look, and build nothing, know of a project. */
export interface Project {
  readonly folder: string;
  readonly catalogue: PluginCatalogue;
  /** The codex.config file; without content when there is none or it is broken. */
  readonly config: LoadedProjectConfig;
  /** Why the codex.config file cannot be used. */
  readonly problem?: CodexError;
}

/** Reads a project's own config and its plugins' manifests. A broken config is reported, not thrown. */
export async function readProject(folder: string): Promise<Project> {
  let config: LoadedProjectConfig = { plugins: [] };
  let problem: CodexError | undefined;
  try {
    config = await readProjectConfig(folder);
  } catch (error) {
    problem = toCodexError(error);
  }
  const catalogue = await discoverPlugins({ projectFolder: folder, extra: config.plugins });
  return { folder, catalogue, config, problem };
}
