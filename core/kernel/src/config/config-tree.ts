import type { Json, JsonObject } from "../contracts/json.js";
import type { ConfigOrigin } from "./config-origin.js";

export type Scalar = null | boolean | number | string;
export type ConfigMap = Map<string, ConfigNode>;

/** A value of a config together with the place that set it. Trees are never changed, only rebuilt. */
export interface ConfigNode {
  readonly content: Scalar | readonly ConfigNode[] | ConfigMap;
  readonly origin: ConfigOrigin;
  /** What this value took the place of. */
  readonly previous?: ConfigNode;
  /** The text before interpolation, where it differs. */
  readonly source?: string;
  /** The value was made of a secret. */
  readonly secret?: boolean;
  /** A map that takes the place of the map below it and keeps no key of it: the section of a dataset. */
  readonly whole?: boolean;
}

/** Keys from the root on; list items by their index. */
export type ConfigPath = readonly string[];

export interface MapNode extends ConfigNode {
  readonly content: ConfigMap;
}

export interface ListNode extends ConfigNode {
  readonly content: readonly ConfigNode[];
}

export function isMapNode(node: ConfigNode | undefined): node is MapNode {
  return node?.content instanceof Map;
}

export function isListNode(node: ConfigNode): node is ListNode {
  return Array.isArray(node.content);
}

/** The node's plain value. */
export function toJson(node: ConfigNode): Json {
  if (isListNode(node)) return node.content.map(toJson);
  if (isMapNode(node)) return mapToJson(node);
  return node.content as Scalar;
}

export function mapToJson(node: MapNode): JsonObject {
  return Object.fromEntries([...node.content].map(([key, child]) => [key, toJson(child)]));
}

/** The children of a node by key or index. */
export function children(node: ConfigNode): readonly (readonly [string, ConfigNode])[] {
  if (isMapNode(node)) return [...node.content];
  if (isListNode(node)) return node.content.map((child, index) => [String(index), child]);
  return [];
}

export function nodeAt(node: ConfigNode | undefined, path: ConfigPath): ConfigNode | undefined {
  let at = node;
  for (const key of path) {
    if (isMapNode(at)) at = at.content.get(key);
    else if (at && isListNode(at) && /^\d+$/.test(key)) at = at.content[Number(key)];
    else return undefined;
  }
  return at;
}

/** The nearest node on the way to a path: where to point when the path itself is not there. */
export function nearestNode(node: ConfigNode, path: ConfigPath): ConfigNode {
  for (let length = path.length; length > 0; length--) {
    const found = nodeAt(node, path.slice(0, length));
    if (found) return found;
  }
  return node;
}

/** A tree in which the path holds the value; maps on the way are made with its origin, lists keep their length. */
export function withNode(node: ConfigNode | undefined, path: ConfigPath, value: ConfigNode): ConfigNode {
  const [key, ...rest] = path;
  if (key === undefined) return node ? { ...value, previous: node } : value;
  if (node && isListNode(node) && Number(key) < node.content.length) {
    return {
      ...node,
      content: node.content.map((item, index) => (String(index) === key ? withNode(item, rest, value) : item)),
    };
  }
  const base: MapNode = isMapNode(node)
    ? node
    : { content: new Map(), origin: value.origin, ...(node ? { previous: node } : {}) };
  return { ...base, content: new Map(base.content).set(key, withNode(base.content.get(key), rest, value)) };
}

export function withoutNode(node: ConfigNode, path: ConfigPath): ConfigNode {
  const [key, ...rest] = path;
  if (key === undefined) return node;
  if (isListNode(node)) {
    if (rest.length === 0) return { ...node, content: node.content.filter((_, index) => String(index) !== key) };
    return {
      ...node,
      content: node.content.map((item, index) => (String(index) === key ? withoutNode(item, rest) : item)),
    };
  }
  if (!isMapNode(node)) return node;
  const content: ConfigMap = new Map(node.content);
  const child = content.get(key);
  if (rest.length === 0) content.delete(key);
  else if (child) content.set(key, withoutNode(child, rest));
  return { ...node, content };
}

/** The paths of all leaves: scalars, lists and empty maps. */
export function* leaves(node: ConfigNode, path: ConfigPath = []): Generator<readonly [ConfigPath, ConfigNode]> {
  if (!isMapNode(node) || (node.content.size === 0 && path.length > 0)) {
    yield [path, node];
    return;
  }
  for (const [key, child] of node.content) yield* leaves(child, [...path, key]);
}

export const pathText = (path: ConfigPath): string => path.join(".");

/** The dotted paths of all keys, sections among them. */
export function* allPaths(node: ConfigNode, path: ConfigPath = []): Generator<string> {
  if (path.length > 0) yield pathText(path);
  if (!isMapNode(node)) return;
  for (const [key, child] of node.content) yield* allPaths(child, [...path, key]);
}
