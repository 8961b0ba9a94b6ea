import { isJsonObject } from "../plugins/read-json-file.js";
import type { ConfigOrigin } from "./config-origin.js";
import type { ConfigSchema } from "./config-schema.js";
import { type ConfigMap, type ConfigNode, type ConfigPath, isMapNode, nodeAt, withNode } from "./config-tree.js";
import { withOldest } from "./merge-trees.js";
import { defaultOf, plainVariants, type SchemaView, viewOf } from "./schema-view.js";
import { isSectionOfMany, kernelSections } from "./sections.js";
import { treeOfValue } from "./tree-of-value.js";

/**
 * Fills in what the schemas give as defaults: of the kernel's sections, of each selected part, and the `type` of parts in sections of
 * several. A value that is there keeps the default it took the place of as its oldest `previous`.
 */
export function fillDefaults(tree: ConfigNode, schema: ConfigSchema): ConfigNode {
  const kernel: ConfigOrigin = { kind: "default", name: "codex-core" };
  let filled = tree;
  for (const [section, options] of kernelSections) {
    filled = fillAt(filled, [section], viewOf(options), kernel);
  }
  for (const { section, name, path, matches } of schema.parts) {
    if (isSectionOfMany(section) && !nodeAt(filled, [...path, "type"])) {
      filled = withNode(filled, [...path, "type"], { content: name, origin: kernel });
    }
    for (const { schema: options, entry } of matches) {
      filled = fillAt(filled, path, viewOf(options), { kind: "default", name: entry.packageName });
    }
  }
  return filled;
}

function fillAt(tree: ConfigNode, path: ConfigPath, view: SchemaView, origin: ConfigOrigin): ConfigNode {
  const node = nodeAt(tree, path);
  const filled = fill(node ?? { content: new Map(), origin }, view, origin);
  return replaceAt(tree, path, filled);
}

function fill(node: ConfigNode, view: SchemaView, origin: ConfigOrigin): ConfigNode {
  if (!isMapNode(node)) return node;
  const content: ConfigMap = new Map(node.content);
  for (const { schema, root } of plainVariants(view)) {
    if (!isJsonObject(schema.properties)) continue;
    for (const [key, property] of Object.entries(schema.properties)) {
      if (!isJsonObject(property)) continue;
      const inner: SchemaView = { schema: property, root };
      const value = defaultOf(inner);
      const current = content.get(key);
      const byDefault = value === undefined ? undefined : treeOfValue(value, origin);
      const isReplaced = current && byDefault && !isMapNode(current) && !hasDefaultOf(current, origin);
      const next = isReplaced ? withOldest(current, byDefault) : (current ?? byDefault);
      if (next) content.set(key, fill(next, inner, origin));
    }
  }
  return { ...node, content };
}

/** Whether the default of this origin is known already: of a section that fills two points with the same options. */
function hasDefaultOf(node: ConfigNode, { kind, name }: ConfigOrigin): boolean {
  const isIt = node.origin.kind === kind && node.origin.name === name;
  return isIt || (node.previous !== undefined && hasDefaultOf(node.previous, { kind, name }));
}

/** Puts a node in the place of another, which does not become its `previous`. */
export function replaceAt(tree: ConfigNode, path: ConfigPath, value: ConfigNode): ConfigNode {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (isMapNode(tree)) {
    const inner = tree.content.get(key) ?? { content: new Map(), origin: value.origin };
    return { ...tree, content: new Map(tree.content).set(key, replaceAt(inner, rest, value)) };
  }
  if (!Array.isArray(tree.content)) return tree;
  const items: readonly ConfigNode[] = tree.content;
  return {
    ...tree,
    content: items.map((item, index) => (String(index) === key ? replaceAt(item, rest, value) : item)),
  };
}
