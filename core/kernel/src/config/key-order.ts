import type { ConfigSchema } from "./config-schema.js";
import { type ConfigMap, type ConfigNode, type ConfigPath, isMapNode, type MapNode } from "./config-tree.js";
import { isSectionOfMany, rootKeys } from "./sections.js";

/**
 * Brings keys into the order of the sections and of the schemas, so that a config reads the same whichever layer named
 * a key first. Instances in a section of several keep their order, which says in what order they are called.
 */
export function orderKeys(tree: MapNode, schema: ConfigSchema): MapNode {
  const content: ConfigMap = new Map();
  for (const section of inOrder(tree.content, rootKeys)) {
    const node = tree.content.get(section)!;
    content.set(
      section,
      isSectionOfMany(section) ? orderInstances(node, section, schema) : order(node, [section], schema),
    );
  }
  return { ...tree, content };
}

function orderInstances(node: ConfigNode, section: string, schema: ConfigSchema): ConfigNode {
  if (!isMapNode(node)) return node;
  return {
    ...node,
    content: new Map([...node.content].map(([name, part]) => [name, order(part, [section, name], schema)])),
  };
}

function order(node: ConfigNode, path: ConfigPath, schema: ConfigSchema): ConfigNode {
  if (!isMapNode(node)) return node;
  const keys = inOrder(node.content, ["type", "optional", ...schema.keysBelow(path)]);
  return { ...node, content: new Map(keys.map((key) => [key, order(node.content.get(key)!, [...path, key], schema)])) };
}

function inOrder(content: ConfigMap, keys: readonly string[]): readonly string[] {
  return [...new Set([...keys.filter((key) => content.has(key)), ...content.keys()])];
}
