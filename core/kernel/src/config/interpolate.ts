import { isNamedSecret } from "../error-capture/private-text.js";
import { nearestName } from "../plugins/nearest-name.js";
import { type ConfigProblem, configProblem } from "./config-problem.js";
import type { ConfigSchema } from "./config-schema.js";
import {
  allPaths,
  type ConfigNode,
  type ConfigPath,
  children,
  isListNode,
  isMapNode,
  nodeAt,
  pathText,
} from "./config-tree.js";
import { parseValue } from "./overrides.js";

export type Environment = { readonly [name: string]: string | undefined };

/** What interpolation looks at beside the tree. */
export interface InterpolationSettings {
  readonly environment: Environment;
  /** Tells secrets, and where text is allowed; absent while the types themselves are not known yet. */
  readonly schema?: ConfigSchema;
  /** Takes the mistakes. */
  readonly problems: ConfigProblem[];
}

/**
 * Replaces `${key}` by the value of another key, and `${env:NAME}` or `${env:NAME,default}` by an environment
 * variable, in all texts of a tree. A text that is nothing but one reference takes the value as it is; one from the
 * environment is read as a number or boolean where no text may stand. `$${` is a literal `${`.
 */
export function interpolate(tree: ConfigNode, settings: InterpolationSettings): ConfigNode {
  return new Interpolation(tree, settings).resolve(tree, []);
}

/** The value at one path of a tree, resolved in the same way. */
export function interpolateAt(
  tree: ConfigNode,
  path: ConfigPath,
  settings: InterpolationSettings,
): ConfigNode | undefined {
  const node = nodeAt(tree, path);
  return node && new Interpolation(tree, settings).resolve(node, path);
}

type InterpolationCode = "CODEX_CONFIG_INTERPOLATION" | "CODEX_CONFIG_INTERPOLATION_CYCLE" | "CODEX_CONFIG_ENV_MISSING";

const references = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;
const maxTextLength = 65_536;
const maxCopiedNodes = 100_000;

class Interpolation {
  readonly #resolved = new Map<string, ConfigNode>();
  /** Paths of the texts that are being resolved, outermost first. */
  readonly #pending: string[] = [];
  readonly #reported = new Set<string>();
  #copiedNodes = 0;

  constructor(
    readonly root: ConfigNode,
    readonly settings: InterpolationSettings,
  ) {}

  resolve(node: ConfigNode, path: ConfigPath): ConfigNode {
    if (isMapNode(node)) {
      const content = new Map([...node.content].map(([key, child]) => [key, this.resolve(child, [...path, key])]));
      return { ...node, content };
    }
    if (isListNode(node)) {
      const content = node.content.map((child, index) => this.resolve(child, [...path, String(index)]));
      return { ...node, content, ...(content.some((child) => child.secret) ? { secret: true } : {}) };
    }
    if (typeof node.content !== "string" || !node.content.includes("${")) return node;
    const key = pathText(path);
    const known = this.#resolved.get(key);
    if (known) return known;
    if (this.#pending.includes(key)) return this.#circle(key, path, node);
    this.#pending.push(key);
    const resolved = this.#resolveText(node, node.content, path);
    this.#pending.pop();
    this.#resolved.set(key, resolved);
    return resolved;
  }

  #resolveText(node: ConfigNode, text: string, path: ConfigPath): ConfigNode {
    const whole = /^\$\{([^{}]*)\}$/.exec(text)?.[1];
    if (whole !== undefined) {
      const value = this.#look(whole, path, node);
      return value
        ? { ...node, content: value.content, source: text, ...(value.secret ? { secret: true } : {}) }
        : node;
    }
    let isSecret = false;
    const content = text.replaceAll(references, (match: string, expression: string | undefined) => {
      if (match === "$${") return "${";
      if (expression === undefined)
        return this.#report("CODEX_CONFIG_INTERPOLATION", path, node, "A `${` is not closed.");
      const value = this.#look(expression, path, node);
      isSecret ||= value?.secret === true;
      if (!value || typeof value.content !== "object") return String(value?.content ?? "");
      const what = `\${${expression}} is no single value, so that it cannot be part of a text.`;
      return this.#report("CODEX_CONFIG_INTERPOLATION", path, node, what);
    });
    if (content.length > maxTextLength) {
      this.#report("CODEX_CONFIG_INTERPOLATION", path, node, `The text grows beyond ${maxTextLength} characters.`);
      return { ...node, content: "" };
    }
    return { ...node, content, source: text, ...(isSecret ? { secret: true } : {}) };
  }

  #look(expression: string, path: ConfigPath, node: ConfigNode): ConfigNode | undefined {
    const variable = /^\s*env:\s*([^,]*?)\s*(?:,([\s\S]*))?$/.exec(expression);
    if (variable) return this.#variable(variable[1] ?? "", variable[2]?.trim(), path, node);
    const name = expression.trim();
    const target = name.split(".");
    const found = nodeAt(this.root, target);
    if (!found || name === "") {
      const near = nearestName(name, allPaths(this.root));
      const hint = near ? ` Did you mean \${${near}}?` : "";
      const what = `\${${name}} refers to a key that the config does not have.${hint}`;
      this.#report("CODEX_CONFIG_INTERPOLATION", path, node, what, near);
      return undefined;
    }
    const value = this.resolve(found, target);
    this.#copiedNodes += countNodes(value, maxCopiedNodes - this.#copiedNodes);
    if (this.#copiedNodes > maxCopiedNodes) {
      const what = `References multiply to more than ${maxCopiedNodes} values.`;
      throw configProblem("CODEX_CONFIG_INTERPOLATION", path, node.origin, { what }).error;
    }
    return this.settings.schema?.isSecret(target) ? { ...value, secret: true } : value;
  }

  #variable(name: string, byDefault: string | undefined, path: ConfigPath, node: ConfigNode): ConfigNode | undefined {
    const { environment, schema } = this.settings;
    const set = Object.hasOwn(environment, name) ? environment[name] : undefined;
    const text = set ?? byDefault;
    if (text === undefined) {
      this.#report("CODEX_CONFIG_ENV_MISSING", path, node, `The environment variable ${name} is not set.`);
      return undefined;
    }
    const allowsText = schema?.allowsText(path) ?? true;
    const value = allowsText ? { content: text, origin: node.origin } : parseValue(text, node.origin);
    return set !== undefined && isNamedSecret(name, set) ? { ...value, secret: true } : value;
  }

  #circle(key: string, path: ConfigPath, node: ConfigNode): ConfigNode {
    const members = this.#pending.slice(this.#pending.indexOf(key));
    const what = `Values refer to each other in a circle: ${[...members, key].join(" → ")}.`;
    const circle = [...members].sort().join(" ");
    if (!this.#reported.has(circle)) this.#report("CODEX_CONFIG_INTERPOLATION_CYCLE", path, node, what);
    this.#reported.add(circle);
    return { ...node, content: "" };
  }

  /** Collects a mistake, each once, and gives an empty text for its place. */
  #report(code: InterpolationCode, path: ConfigPath, node: ConfigNode, what: string, nearest?: string): "" {
    const said = `${pathText(path)} ${what}`;
    if (!this.#reported.has(said)) {
      this.settings.problems.push(configProblem(code, path, node.origin, nearest ? { what, nearest } : { what }));
    }
    this.#reported.add(said);
    return "";
  }
}

/** Nodes of a tree, counted no further than just past a limit. */
function countNodes(node: ConfigNode, limit: number): number {
  let count = 1;
  for (const [, child] of children(node)) {
    if (count > limit) return count;
    count += countNodes(child, limit - count);
  }
  return count;
}
