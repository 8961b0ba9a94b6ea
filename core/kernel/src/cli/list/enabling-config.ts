import { loadConfig } from "../../config/load-config.js";
import type { JsonObject } from "../../contracts/json.js";
import type { Project } from "../project.js";
import { toCodexError } from "../render-error.js";

/** The config that says what is enabled, or a note of why there is none. */
export interface Enabling {
  readonly value?: JsonObject;
  readonly note?: string;
}

/** Resolves the project's config with a preset. Without a preset a config that is not complete is no mistake. */
export async function readEnabling(project: Project, workingFolder: string, preset?: string): Promise<Enabling> {
  const { folder: projectFolder, catalogue, config, problem } = project;
  try {
    if (problem) throw problem;
    const { value } = await loadConfig({ projectFolder, workingFolder, catalogue, project: config, preset });
    return { value };
  } catch (error) {
    if (preset !== undefined) throw error;
    if (!problem) return { note: "Name a preset to see what it enables: codex list --config NAME" };
    const { code, what, where } = toCodexError(error);
    return { note: `What is enabled is not known: ${code}: ${what}${where ? ` (${where})` : ""}` };
  }
}
