import { configErrors } from "../errors/config-errors.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import type { ConfigOrigin } from "./config-origin.js";
import { ConfigSchema } from "./config-schema.js";
import {
  type ConfigMap,
  type ConfigNode,
  type ConfigPath,
  isMapNode,
  nodeAt,
  pathText,
  withNode,
  withoutNode,
} from "./config-tree.js";
import { isForbiddenKey } from "./forbidden-keys.js";
import { switchesType } from "./merge-trees.js";
import { readYaml } from "./read-yaml.js";
import { fillEmptySections } from "./sections.js";

/** `a.b=1` changes, `+a.b=1` adds, `~a.b` removes. */
export interface Override {
  readonly kind: "set" | "add" | "remove";
  readonly path: ConfigPath;
  readonly value: ConfigNode;
  /** The override without its value, which may be a secret. */
  readonly name: string;
}

/**
 * Reads one override. The value is a YAML scalar, or a flow list or map: `0.1`, `true`, `[1, 2]`, `{type: mlflow}`;
 * what is none of these is text, so that paths and globs need no quotes.
 *
 * @throws CODEX_CONFIG_OVERRIDE_SYNTAX, CODEX_CONFIG_FORBIDDEN_KEY and the errors of YAML
 */
export function parseOverride(text: string): Override {
  const match = /^(?:~(?<removed>[^=]+)|(?<plus>\+?)(?<key>[^=+~][^=]*)=(?<value>[\s\S]*))$/.exec(text);
  const { removed, plus, key, value } = match?.groups ?? {};
  const dotted = removed ?? key;
  if (dotted === undefined) {
    throw configErrors.CODEX_CONFIG_OVERRIDE_SYNTAX({ what: `"${text}" is no override.`, where: "command line" });
  }
  const name = removed === undefined ? `${plus}${key}` : `~${removed}`;
  const origin: ConfigOrigin = { kind: "override", name };
  const path = dotted.split(".");
  for (const part of path) {
    if (part === "")
      throw configErrors.CODEX_CONFIG_OVERRIDE_SYNTAX({ what: `"${name}" has an empty key.`, where: name });
    if (!isForbiddenKey(part)) continue;
    throw configErrors.CODEX_CONFIG_FORBIDDEN_KEY({ what: `"${part}" cannot be a key.`, where: `override ${name}` });
  }
  const kind = removed === undefined ? (plus === "+" ? "add" : "set") : "remove";
  return { kind, path, value: parseValue(value ?? "", origin), name };
}

const plainScalar =
  /^(?:null|~|true|false|[-+]?(?:\d[\d_]*)?\.?\d+(?:[eE][-+]?\d+)?|[-+]?\d+\.|0x[\da-fA-F]+|0o[0-7]+)$/;

/** A value as it is typed on a command line. */
export function parseValue(text: string, origin: ConfigOrigin): ConfigNode {
  const trimmed = text.trim();
  if (!/^[[{"']/.test(trimmed) && !plainScalar.test(trimmed)) return { content: text, origin };
  return atOrigin(readYaml(trimmed, origin), origin);
}

/** Lines and columns within an override would mislead. */
function atOrigin(node: ConfigNode, origin: ConfigOrigin): ConfigNode {
  if (isMapNode(node)) {
    const content: ConfigMap = new Map([...node.content].map(([key, child]) => [key, atOrigin(child, origin)]));
    return { content, origin };
  }
  if (Array.isArray(node.content))
    return { content: node.content.map((child: ConfigNode) => atOrigin(child, origin)), origin };
  return { ...node, origin };
}

/**
 * Applies overrides in their order, but types first: what other overrides may set depends on them.
 *
 * @throws CODEX_CONFIG_OVERRIDE_UNKNOWN_KEY, CODEX_CONFIG_NOTHING_TO_REMOVE
 */
export function applyOverrides(
  tree: ConfigNode,
  overrides: readonly Override[],
  catalogue: PluginCatalogue,
): ConfigNode {
  const isType = ({ kind, path }: Override): boolean => kind === "set" && path.at(-1) === "type";
  const ordered = [...overrides.filter(isType), ...overrides.filter((override) => !isType(override))];
  return ordered.reduce((at, override) => applyOverride(at, override, catalogue), tree);
}

function applyOverride(tree: ConfigNode, override: Override, catalogue: PluginCatalogue): ConfigNode {
  const { kind, path, value, name } = override;
  const exists = nodeAt(tree, path) !== undefined;
  const schema = exists || kind === "add" ? undefined : new ConfigSchema(tree, catalogue);
  const near = schema?.nearestPath(path);
  const hint = near ? ` Did you mean ${pathText(near)}?` : "";
  const where = `override ${name}`;
  if (kind === "remove") {
    if (exists) return withoutNode(tree, path);
    throw configErrors.CODEX_CONFIG_NOTHING_TO_REMOVE({ what: `The config has no ${pathText(path)}.${hint}`, where });
  }
  if (schema && !schema.knows(path)) {
    const what = `There is no ${pathText(path)}.${hint}`;
    const why = `KEY=VALUE changes what exists. ${schema.describeSurroundings(path)}`;
    throw configErrors.CODEX_CONFIG_OVERRIDE_UNKNOWN_KEY({ what, where, why });
  }
  return fillEmptySections(withNode(withoutOtherType(tree, path, value), path, value));
}

/** A part whose type is replaced loses the options of the type before. */
function withoutOtherType(tree: ConfigNode, path: ConfigPath, value: ConfigNode): ConfigNode {
  const partPath = path.slice(0, -1);
  const part = nodeAt(tree, partPath);
  if (path.at(-1) !== "type" || !isMapNode(part)) return tree;
  if (!switchesType(part.content, new Map([["type", value]]))) return tree;
  const type = part.content.get("type")!;
  return withNode(withoutNode(tree, partPath), partPath, { ...part, content: new Map([["type", type]]) });
}
