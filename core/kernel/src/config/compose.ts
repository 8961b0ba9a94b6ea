import { configErrors } from "../errors/config-errors.js";
import type { ConfigOrigin } from "./config-origin.js";
import { whereOf } from "./config-problem.js";
import { type ConfigMap, type ConfigNode, isListNode, type MapNode } from "./config-tree.js";
import { layDataset } from "./lay-dataset.js";
import { mergeTrees } from "./merge-trees.js";
import { findPreset, type PresetFolder } from "./presets.js";
import { readConfigFile, shownPath } from "./read-config-file.js";
import { readYaml } from "./read-yaml.js";
import { requireMap } from "./require-map.js";
import { fillEmptySections } from "./sections.js";

/** A document with its defaults list laid under it. */
export interface Composition {
  readonly tree: MapNode;
  /**
   * What groups bring along for other sections: a model its tokenizer. It counts only where nothing else names the
   * section's type or value.
   */
  readonly suggestions?: ConfigNode;
}

/** Where the names in documents are looked up. */
export interface NameSearch {
  readonly projectFolder: string;
  readonly presets: readonly PresetFolder[];
}

interface Place extends NameSearch {
  /** Names of the files that led here. */
  readonly chain: readonly string[];
  /** Of a group's document: the section that it is laid under. */
  readonly section?: string;
}

/** Reads a preset and all that its defaults list names. */
export async function composePreset(
  name: string,
  search: NameSearch,
  workingFolder: string,
): Promise<Composition & { readonly name: string }> {
  const { projectFolder, presets } = search;
  const { file } = await findPreset(presets, name, { workingFolder });
  const shown = shownPath(projectFolder, file);
  const presetName = shown.replace(/^.*\//, "").replace(/\.ya?ml$/, "");
  const origin: ConfigOrigin = { kind: "preset", file: shown, name: presetName };
  const tree = requireMap(readYaml(await readConfigFile(file, shown), origin), shown);
  return { ...(await composeDocument(tree, { ...search, chain: [name] })), name: presetName };
}

/** Reads one group, as if a defaults list named it. */
export function composeGroup(name: string, search: NameSearch, askedBy?: string): Promise<Composition> {
  return readGroup(name, { ...search, chain: [] }, askedBy);
}

/**
 * Lays a document over its defaults list. What a group of one section lists from another section becomes a suggestion.
 *
 * @throws CODEX_CONFIG_DEFAULTS, CODEX_CONFIG_DEFAULTS_CYCLE, CODEX_CONFIG_PRESET_NOT_FOUND,
 *   CODEX_CONFIG_PRESET_AMBIGUOUS, CODEX_DATASET_UNKNOWN and the errors of reading
 */
export async function composeDocument(document: MapNode, place: Place): Promise<Composition> {
  const section = place.section ?? "";
  const { names, own } = splitDefaults(document);
  let below: ConfigNode | undefined;
  let suggestions: ConfigNode | undefined;
  for (const { name, origin } of names) {
    const group = await readGroup(name, place, whereOf(origin, ["defaults"]));
    const isOfSection = section === "" || sectionOf(name) === section;
    if (isOfSection) below = mergeTrees(below, group.tree);
    else suggestions = mergeTrees(suggestions, group.tree);
    if (group.suggestions) suggestions = mergeTrees(suggestions, group.suggestions);
  }
  const placed = section.split("/").reduceRight((inner, key) => (key === "" ? inner : nest(key, inner)), own);
  const filled = await layDataset(fillEmptySections(placed), place.projectFolder);
  const tree = requireMap(mergeTrees(below, filled), "");
  return suggestions ? { tree, suggestions } : { tree };
}

async function readGroup(name: string, place: Place, askedBy: string | undefined): Promise<Composition> {
  const { projectFolder, presets } = place;
  const chain = [...place.chain, name];
  if (place.chain.includes(name)) {
    throw configErrors.CODEX_CONFIG_DEFAULTS_CYCLE({
      what: `Defaults lists form a circle: ${chain.join(" → ")}.`,
      where: askedBy,
    });
  }
  const { file } = await findPreset(presets, name, askedBy === undefined ? {} : { askedBy });
  const shown = shownPath(projectFolder, file);
  const document = requireMap(readYaml(await readConfigFile(file, shown), { kind: "group", file: shown, name }), shown);
  return composeDocument(document, { projectFolder, presets, chain, section: sectionOf(name) });
}

/** The keys, joined by slashes, under which a group's document is laid: its folder. */
function sectionOf(name: string): string {
  return name.split("/").slice(0, -1).join("/");
}

function nest(key: string, inner: MapNode): typeof inner {
  return { content: new Map([[key, inner]]), origin: inner.origin };
}

function splitDefaults(document: MapNode): {
  names: readonly { name: string; origin: ConfigOrigin }[];
  own: MapNode;
} {
  const list = document.content.get("defaults");
  const content: ConfigMap = new Map(document.content);
  content.delete("defaults");
  const own = { ...document, content };
  if (!list || list.content === null) return { names: [], own };
  const items = isListNode(list) ? list.content : [list];
  const names = items.map(({ content: name, origin }) => {
    if (typeof name === "string" && !name.startsWith("/") && !name.includes("..")) return { name, origin };
    throw configErrors.CODEX_CONFIG_DEFAULTS({
      what: "An entry of `defaults` is no name of a group.",
      where: whereOf(origin, ["defaults"]),
    });
  });
  return { names, own };
}
