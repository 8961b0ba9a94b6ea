import { type ConfigMap, type ConfigNode, isMapNode } from "./config-tree.js";

/**
 * Lays one tree over another: maps are merged key by key, anything else is replaced, and what is replaced stays
 * known as `previous`. A map that names another `type` replaces the map below it, because the options of one type mean
 * nothing to another; so does a map that is whole.
 */
export function mergeTrees(base: ConfigNode | undefined, overlay: ConfigNode): ConfigNode {
  if (!base) return overlay;
  const merges = isMapNode(base) && isMapNode(overlay) && !overlay.whole;
  if (!merges || switchesType(base.content, overlay.content)) {
    return withOldest(overlay, base);
  }
  const content: ConfigMap = new Map(base.content);
  for (const [key, child] of overlay.content) content.set(key, mergeTrees(content.get(key), child));
  return { ...base, content, origin: overlay.origin };
}

/** Whether both name a type, and not the same one. */
export function switchesType(base: ConfigMap, overlay: ConfigMap): boolean {
  const before = base.get("type")?.content;
  const after = overlay.get("type")?.content;
  return typeof before === "string" && typeof after === "string" && before !== after;
}

/** The node with another as the oldest of those that it took the place of. */
export function withOldest(node: ConfigNode, oldest: ConfigNode): ConfigNode {
  return { ...node, previous: node.previous ? withOldest(node.previous, oldest) : oldest };
}
