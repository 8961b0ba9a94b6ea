import type { JsonObject } from "../contracts/json.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import { composeFlags } from "./apply-flags.js";
import { type Composition, composeDocument, composePreset } from "./compose.js";
import type { ConfigOrigin } from "./config-origin.js";
import { type ConfigProblem, throwProblems } from "./config-problem.js";
import { ConfigSchema } from "./config-schema.js";
import { type ConfigNode, isMapNode, nodeAt, pathText } from "./config-tree.js";
import type { CodexConfig } from "./define-config.js";
import { fillDefaults, replaceAt } from "./fill-defaults.js";
import type { FlagValues } from "./friendly-flags.js";
import { type Environment, interpolate, interpolateAt } from "./interpolate.js";
import { layDatasetOverrides } from "./lay-dataset.js";
import { mergeTrees } from "./merge-trees.js";
import { applyOverrides, type Override, parseOverride } from "./overrides.js";
import { presetFolders } from "./presets.js";
import { type LoadedProjectConfig, readProjectConfig } from "./project-config.js";
import { requireMap } from "./require-map.js";
import { ResolvedConfig } from "./resolved-config.js";
import { isSectionOfMany, overSectionDefaults, partSections } from "./sections.js";
import { treeOfValue } from "./tree-of-value.js";
import { validateTree } from "./validate.js";

/** What a config is made of. */
export interface ConfigSettings {
  /** Relative paths in configs start here; `configs/` with its own presets lies in it. */
  readonly projectFolder: string;
  /** The plugins that types are looked up in, and presets that the project does not have itself. */
  readonly catalogue: PluginCatalogue;
  /** The project's own config, if it was read before (its plugins are needed for discovery). Default: it is read. */
  readonly project?: LoadedProjectConfig;
  /** A preset's name, or the path of a YAML file. */
  readonly preset?: string;
  /** A config that the calling program hands over. It goes before the preset. */
  readonly inline?: CodexConfig | JsonObject;
  readonly flags?: FlagValues;
  /** `a.b=1`, `+a.b=1`, `~a.b`. */
  readonly overrides?: readonly string[];
  /** Where paths of flags and of the preset start. Default: the project's folder. */
  readonly workingFolder?: string;
  /** Sections without a default that must be there. Default: data, tokenizer, model. */
  readonly needed?: readonly string[];
  /** Default: the environment of the process. */
  readonly environment?: Environment;
}

/**
 * Composes and checks a config. From the lowest precedence: defaults of the schemas, what groups suggest for other
 * sections, codex.config, the preset's defaults list, the preset, the program's config, flags, overrides.
 *
 * @throws CODEX_CONFIG_INVALID that lists all mistakes, or the code of the only one
 */
export async function loadConfig(settings: ConfigSettings): Promise<ResolvedConfig> {
  const { catalogue, environment = process.env } = settings;
  const overrides = (settings.overrides ?? []).map(parseOverride);
  const problems: ConfigProblem[] = [];
  const layered = await composeLayers(settings, overrides);
  const { datasets, others } = await layDatasetOverrides(overrides, settings.projectFolder);
  const withDatasets = applyOverrides(layered, datasets, catalogue);
  const overridden = settleTypes(applyOverrides(withDatasets, others, catalogue), environment, problems);
  const schema = new ConfigSchema(overridden, catalogue);
  const filled = fillDefaults(overridden, schema);
  const resolved = interpolate(filled, { environment, schema, problems });
  const broken = new Set(problems.map((problem) => problem.key));
  const checked = new ConfigSchema(resolved, catalogue);
  const found = [...checked.problems, ...validateTree(resolved, checked, settings.needed)];
  throwProblems([...problems, ...found.filter((problem) => !broken.has(problem.key))]);
  return new ResolvedConfig(settings.projectFolder, requireMap(resolved, ""), checked);
}

/** All documents over one another, the kernel's section defaults at the bottom. */
async function composeLayers(settings: ConfigSettings, overrides: readonly Override[]): Promise<ConfigNode> {
  const { projectFolder, workingFolder = projectFolder } = settings;
  const project = settings.project ?? (await readProjectConfig(projectFolder));
  const search = { projectFolder, presets: presetFolders(projectFolder, settings.catalogue) };
  const layers: Composition[] = [];
  if (project.tree) layers.push(await composeDocument(project.tree, { ...search, chain: [] }));
  if (settings.preset !== undefined) {
    const preset = await composePreset(settings.preset, search, workingFolder);
    layers.push(runNameFrom(preset.name, { kind: "preset", name: preset.name }), preset);
  } else if (settings.flags?.modelName !== undefined) {
    layers.push(runNameFrom(settings.flags.modelName, { kind: "flag", name: "--model-name" }));
  }
  if (settings.inline) {
    const inline = requireMap(treeOfValue(settings.inline, { kind: "inline" }), "the program's config");
    layers.push(await composeDocument(inline, { ...search, chain: [] }));
  }
  const written = layers.findLast(({ tree: { origin } }) => origin.file !== undefined || origin.kind === "inline");
  const origin: ConfigOrigin = written?.tree.origin ?? { kind: "default" };
  layers.push(await composeFlags(settings.flags ?? {}, { ...search, workingFolder }));
  const givesPaths = overrides.find(({ kind, path }) => kind === "set" && pathText(path) === "data.paths");
  if (givesPaths) layers.push(suggest({ data: { type: "text" } }, givesPaths.value.origin));
  const suggestions = layers.flatMap((layer) => layer.suggestions ?? []);
  const all = [...suggestions, ...layers.map((layer) => layer.tree)].reduce<ConfigNode | undefined>(
    mergeTrees,
    undefined,
  );
  return { ...overSectionDefaults(requireMap(all ?? treeOfValue({}, origin), "")), origin };
}

/** Suggests a name for the run, which is a part of its folder's name too. */
function runNameFrom(name: string, origin: ConfigOrigin): Composition {
  const safe = name.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return suggest({ run: { name: safe.slice(0, 64) || "run" } }, origin);
}

/** What counts where nothing else says it. */
function suggest(value: JsonObject, origin: ConfigOrigin): Composition {
  return { tree: { content: new Map(), origin }, suggestions: treeOfValue(value, origin) };
}

/** Interpolates the types of parts, which the schemas of everything else depend on. */
function settleTypes(tree: ConfigNode, environment: Environment, problems: ConfigProblem[]): ConfigNode {
  const partPaths = partSections.flatMap((section) => {
    const node = nodeAt(tree, [section]);
    if (!isSectionOfMany(section)) return [[section]];
    return isMapNode(node) ? [...node.content.keys()].map((name) => [section, name]) : [];
  });
  return partPaths
    .map((path) => [...path, "type"])
    .reduce((settled, path) => {
      const type = interpolateAt(tree, path, { environment, problems });
      return type ? replaceAt(settled, path, type) : settled;
    }, tree);
}
