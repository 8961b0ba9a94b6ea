import { resolve } from "node:path";
import { loadConfig } from "../config/load-config.js";
import { type LoadedProjectConfig, readProjectConfig } from "../config/project-config.js";
import type { JsonObject } from "../contracts/json.js";
import type { ErrorCapture } from "../error-capture/error-capture.js";
import { runErrors } from "../errors/run-errors.js";
import { discoverPlugins } from "../plugins/discover-plugins.js";
import { ConfiguredKernel } from "./configured-kernel.js";
import { newestCheckpointFolder, readCheckpointConfig } from "./find-checkpoint.js";
import { defaultLimits } from "./kernel-state.js";
import type { Kernel, KernelSettings } from "./kernel-types.js";
import { definitionOfParts, withOwnParts } from "./own-parts.js";
import { namedFolder, namedRunFolder, searchOf } from "./run-reference.js";

/**
 * Finds the plugins of a project, resolves its config, and gives what can be done with them.
 *
 * @example
 * const kernel = await createKernel({ preset: "quickstart", overrides: ["trainer.maxSteps=100"] });
 * const { folder } = await kernel.train();
 * await kernel.dispose();
 *
 * @throws CODEX_PLUGIN_YARN_PNP, CODEX_PART_REPLACEMENT, CODEX_RUN_NOT_FOUND, CODEX_RUN_CHECKPOINT_CONFIG, and all that
 *   is wrong with the config, together
 */
export function createKernel(settings: KernelSettings = {}): Promise<Kernel> {
  return createKernelFor(settings);
}

/**
 * Creates a kernel for a command.
 *
 * @param capture takes what fails in it
 */
export async function createKernelFor(settings: KernelSettings, capture?: ErrorCapture): Promise<Kernel> {
  const projectFolder = resolve(settings.projectFolder ?? process.cwd());
  const workingFolder = resolve(projectFolder, settings.workingFolder ?? ".");
  const parts = settings.parts ?? {};
  const own = definitionOfParts(parts);
  const project = await readProjectConfig(projectFolder);
  const extra = [...own, ...(settings.plugins ?? []), ...project.plugins];
  const catalogue = await discoverPlugins({ projectFolder, extra });
  const { checkpoint } = settings;
  const search = searchOf({ workingFolder, projectFolder });
  const inline = (settings.config ?? {}) as JsonObject;
  const { run } = settings;
  const saved =
    run !== undefined
      ? await configOfRun(namedRunFolder(run, search))
      : checkpoint !== undefined
        ? await configOfCheckpoint(namedFolder(checkpoint, search))
        : undefined;
  const fromFiles: { project: LoadedProjectConfig } = { project: saved ? { plugins: [] } : project };
  const config = await loadConfig({
    ...fromFiles,
    projectFolder,
    workingFolder,
    catalogue,
    preset: settings.preset,
    flags: settings.flags,
    overrides: settings.overrides,
    needed: settings.needed,
    inline: withOwnParts({ ...saved, ...inline }, parts),
  });
  const limits = { ...defaultLimits, ...settings.limits };
  const { signal = new AbortController().signal, printLog } = settings;
  const state = { projectFolder, workingFolder, config, catalogue, parts, limits, signal, printLog };
  return new ConfiguredKernel(state, capture);
}

/** The config of a run, as it was resolved. */
async function configOfRun(folder: string): Promise<JsonObject> {
  const config = await readCheckpointConfig(folder);
  if (config) return config;
  const what = `${folder} has no config.yaml that can be read.`;
  throw runErrors.CODEX_RUN_CHECKPOINT_CONFIG({ what, where: folder });
}

/** The config of a checkpoint without what only the run that wrote it needs: its log and who looked on. */
async function configOfCheckpoint(path: string): Promise<JsonObject> {
  const folder = (await newestCheckpointFolder(path)) ?? path;
  const config = await readCheckpointConfig(folder);
  if (!config) {
    const what = `${folder} has no config.yaml that can be read.`;
    throw runErrors.CODEX_RUN_CHECKPOINT_CONFIG({ what, where: folder });
  }
  const { outputDir: _, ...run } = (config.run ?? {}) as { [key: string]: JsonObject[string] };
  return { ...config, run, logging: {}, tracker: {}, callback: {} };
}
