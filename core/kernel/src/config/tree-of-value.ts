import { configErrors } from "../errors/config-errors.js";
import type { ConfigOrigin } from "./config-origin.js";
import { whereOf } from "./config-problem.js";
import type { ConfigMap, ConfigNode, ConfigPath } from "./config-tree.js";
import { isForbiddenKey } from "./forbidden-keys.js";

const maxDepth = 64;

/**
 * A plain value as a tree, all of one origin. Keys whose value is undefined are left out.
 *
 * @throws CODEX_CONFIG_NOT_PLAIN, CODEX_CONFIG_FORBIDDEN_KEY
 */
export function treeOfValue(value: unknown, origin: ConfigOrigin): ConfigNode {
  return convert(value, origin, [], []);
}

function convert(value: unknown, origin: ConfigOrigin, path: ConfigPath, parents: readonly unknown[]): ConfigNode {
  if (value === null || typeof value === "string" || typeof value === "boolean") return { content: value, origin };
  if (typeof value === "number" && Number.isFinite(value)) return { content: value, origin };
  if (typeof value !== "object") throw notPlain(origin, path, kindOf(value));
  if (parents.includes(value)) throw notPlain(origin, path, "a reference to itself");
  if (parents.length > maxDepth) throw notPlain(origin, path.slice(0, 3), `nested more than ${maxDepth} deep`);
  const within = [...parents, value];
  if (Array.isArray(value)) {
    return { content: value.map((item, index) => convert(item, origin, [...path, String(index)], within)), origin };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw notPlain(origin, path, kindOf(value));
  const content: ConfigMap = new Map();
  for (const [key, child] of Object.entries(value)) {
    if (isForbiddenKey(key)) {
      throw configErrors.CODEX_CONFIG_FORBIDDEN_KEY({
        what: `"${key}" cannot be a key.`,
        where: whereOf(origin, [...path, key]),
      });
    }
    if (child !== undefined) content.set(key, convert(child, origin, [...path, key], within));
  }
  return { content, origin };
}

function kindOf(value: unknown): string {
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? "unknown"}`;
}

function notPlain(origin: ConfigOrigin, path: ConfigPath, kind: string): Error {
  const key = path.length > 0 ? path.join(".") : "The config";
  return configErrors.CODEX_CONFIG_NOT_PLAIN({ what: `${key} is ${kind}.`, where: whereOf(origin, path) });
}
