import { configErrors } from "../errors/config-errors.js";
import { type ConfigNode, isMapNode, type MapNode } from "./config-tree.js";

/** @throws CODEX_CONFIG_WRONG_VALUE when the root of a config is no map */
export function requireMap(tree: ConfigNode, shown: string): MapNode {
  if (tree.content === null) return { ...tree, content: new Map() };
  if (isMapNode(tree)) return tree;
  throw configErrors.CODEX_CONFIG_WRONG_VALUE({
    what: `${shown} holds no map of sections.`,
    where: shown,
    fix: "Write sections: `model: { type: gpt }`.",
  });
}
