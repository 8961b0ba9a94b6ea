import { isAbsolute, relative, resolve } from "node:path";
import { type Composition, composeGroup, type NameSearch } from "./compose.js";
import type { ConfigOrigin } from "./config-origin.js";
import { type ConfigNode, type MapNode, withNode } from "./config-tree.js";
import { type FlagValues, friendlyFlags } from "./friendly-flags.js";
import { mergeTrees } from "./merge-trees.js";
import { parseValue } from "./overrides.js";
import { treeOfValue } from "./tree-of-value.js";

/** Where the paths of flags start, and where those of configs do. */
export interface FlagFolders extends NameSearch {
  readonly workingFolder: string;
}

const pathFlags: ReadonlySet<string> = new Set(["texts", "outputDir"]);

/**
 * The config that friendly flags stand for.
 *
 * @throws CODEX_CONFIG_PRESET_NOT_FOUND when no model preset has the name, CODEX_CONFIG_PRESET_AMBIGUOUS
 */
export async function composeFlags(flags: FlagValues, folders: FlagFolders): Promise<Composition> {
  let tree: MapNode = { content: new Map(), origin: { kind: "flag" } };
  let suggestions: ConfigNode | undefined;
  for (const { name, flags: spelling, key } of friendlyFlags) {
    const value = flags[name];
    if (value === undefined) continue;
    const flag = spelling.split(" ")[0]!;
    const origin: ConfigOrigin = { kind: "flag", name: flag };
    if (name === "modelName") {
      const group = await composeGroup(`model/${value}`, folders, `${flag} ${value}`);
      tree = mergeTrees(tree, group.tree) as typeof tree;
      if (group.suggestions) suggestions = mergeTrees(suggestions, group.suggestions);
      continue;
    }
    const node = pathFlags.has(name) ? treeOfValue(fromProject(value, folders), origin) : scalar(value, origin);
    tree = withNode(tree, key.split("."), node) as typeof tree;
    if (name === "texts") suggestions = mergeTrees(suggestions, treeOfValue({ data: { type: "text" } }, origin));
  }
  return suggestions ? { tree, suggestions } : { tree };
}

/** Paths are typed from the working folder and kept from the project's folder. */
function fromProject(value: unknown, folders: FlagFolders): unknown {
  if (Array.isArray(value)) return value.map((path) => fromProject(path, folders));
  if (folders.workingFolder === folders.projectFolder) return value;
  if (typeof value !== "string" || isAbsolute(value) || value.startsWith("npm:")) return value;
  return relative(folders.projectFolder, resolve(folders.workingFolder, value)) || ".";
}

function scalar(value: unknown, origin: ConfigOrigin): ConfigNode {
  return typeof value === "string" ? parseValue(value, origin) : treeOfValue(value, origin);
}
