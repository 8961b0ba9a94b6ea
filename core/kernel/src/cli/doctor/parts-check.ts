import { join } from "node:path";
import { loadConfig } from "../../config/load-config.js";
import { presetFolder, presetNames } from "../../config/presets.js";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import { isSectionOfMany } from "../../config/sections.js";
import type { CheckedConfig, PartFinding } from "../../contracts/plugin.js";
import { activatePlugin } from "../../plugins/activate-plugin.js";
import { isJsonObject } from "../../plugins/read-json-file.js";
import { readRunSection } from "../../run/kernel-state.js";
import type { Project } from "../project.js";
import { toCodexError } from "../render-error.js";
import type { Check, Finding } from "./check.js";

/** Milliseconds that a plugin's code may take to load. */
const loadLimitMs = 20_000;

/** What the parts of the plugins that are there say of themselves. */
export const partsCheck: Check = {
  name: "parts",
  async run({ project }) {
    const { catalogue, folder } = project;
    const resolved = await resolveConfigs(project);
    const folders = { project: folder, cache: cacheFolderOf(resolved, folder) };
    const findings: Finding[] = [];
    for (const entry of catalogue.entries) {
      const hasCode = entry.definition !== undefined || Object.keys(entry.provides).length > 0;
      if (entry.problem || !hasCode) continue;
      try {
        for (const { point, type, provider } of await activatePlugin(entry, loadLimitMs)) {
          const name = `${point.key} ${type}`;
          const seen = await Promise.resolve(
            provider.check?.({ folders, configs: sectionsOf(resolved, point.key, type) }),
          ).catch((error) => [failure(error)]);
          findings.push(...(seen ?? []).map((finding) => ({ name, ...finding })));
        }
      } catch (error) {
        findings.push({ name: `plugin ${entry.packageName}`, ...failure(error) });
      }
    }
    return findings;
  },
};

/** The project's own config and its presets, those that are valid; what is wrong with the others is another check's. */
async function resolveConfigs(project: Project): Promise<readonly (readonly [name: string, config: ResolvedConfig])[]> {
  const { folder: projectFolder, catalogue, config, problem } = project;
  if (problem) return [];
  const presets = (await presetNames(presetFolder(projectFolder))).filter((name) => !name.includes("/"));
  const found: [string, ResolvedConfig][] = [];
  for (const preset of [...(config.file === undefined ? [] : [undefined]), ...presets]) {
    // A preset for texts of the user's own leaves them to the command line.
    for (const overrides of [[], ["+data.paths=[texts]"]]) {
      const settings = { projectFolder, catalogue, project: config, overrides, needed: [] };
      try {
        found.push([
          preset ?? "codex.config",
          await loadConfig(preset === undefined ? settings : { ...settings, preset }),
        ]);
        break;
      } catch {}
    }
  }
  return found;
}

/** Where runs keep what can be made again: as the project's own config says, else its first preset. */
function cacheFolderOf([first]: Awaited<ReturnType<typeof resolveConfigs>>, projectFolder: string): string {
  return first ? readRunSection({ config: first[1], projectFolder }).cacheFolder : join(projectFolder, ".codex/cache");
}

/** The section of each config that selects the part; sections of several parts are not looked at. */
function sectionsOf(
  configs: Awaited<ReturnType<typeof resolveConfigs>>,
  pointKey: string,
  type: string,
): readonly CheckedConfig[] {
  return configs.flatMap(([name, { parts, value }]) => {
    const part = parts.find(({ matches }) => matches.some((one) => one.pointKey === pointKey && one.type === type));
    const section = part && !isSectionOfMany(part.section) ? value[part.section] : undefined;
    return isJsonObject(section) ? [{ name, section }] : [];
  });
}

function failure(error: unknown): PartFinding {
  const { what, fix } = toCodexError(error);
  return { status: "failed", detail: what, ...(fix === undefined ? {} : { fix }) };
}
