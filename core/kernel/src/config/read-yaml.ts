import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import type { ConfigOrigin } from "./config-origin.js";
import { type ConfigProblem, configProblem, throwProblems } from "./config-problem.js";
import type { ConfigMap, ConfigNode, Scalar } from "./config-tree.js";
import { isForbiddenKey } from "./forbidden-keys.js";

/** Values of one file, aliases written out. */
const maxNodes = 100_000;
const maxDepth = 64;
/** Mistakes of form that are listed; after the first ones the others mostly follow from them. */
const maxMistakes = 10;

/**
 * Reads YAML 1.2 (and so JSON) into a tree that knows the place of each value. Nothing is executed: tags are refused,
 * and so are merge keys by being ordinary ones.
 *
 * @param origin file and kind; the line and column of each value are added
 * @throws CODEX_CONFIG_SYNTAX, CODEX_CONFIG_DUPLICATE_KEY, CODEX_CONFIG_ALIASES, CODEX_CONFIG_FORBIDDEN_KEY, or
 *   CODEX_CONFIG_INVALID for several of them
 */
export function readYaml(text: string, origin: ConfigOrigin): ConfigNode {
  const lineCounter = new LineCounter();
  const document = parse(text, origin, lineCounter);
  const problems: ConfigProblem[] = [];
  for (const { code, message, pos } of [...document.errors, ...document.warnings].slice(0, maxMistakes)) {
    const { line, col } = lineCounter.linePos(pos[0]);
    const problemCode = code === "DUPLICATE_KEY" ? "CODEX_CONFIG_DUPLICATE_KEY" : "CODEX_CONFIG_SYNTAX";
    problems.push(configProblem(problemCode, [], { ...origin, line, column: col }, { what: sentence(message) }));
  }
  throwProblems(problems);
  const reader = new TreeReader(document, lineCounter, origin, problems);
  const tree = document.contents ? reader.read(document.contents, 0, 0) : { content: null, origin };
  throwProblems(problems);
  return tree;
}

/** The parser recurses, and a stack that overflows within it can end the process: depth is looked at before. */
function parse(text: string, origin: ConfigOrigin, lineCounter: LineCounter): Document.Parsed {
  const line = tooDeepLine(text);
  if (line !== undefined) {
    const what = `Values are nested more than ${maxDepth} deep.`;
    throw configProblem("CODEX_CONFIG_SYNTAX", [], { ...origin, line, column: 1 }, { what }).error;
  }
  return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: true, version: "1.2", merge: false });
}

/** The first line that nests too deeply: by brackets that are not closed, by `- - -`, or by indentation. */
function tooDeepLine(text: string): number | undefined {
  let brackets = 0;
  for (const [index, line] of text.split("\n").entries()) {
    for (const character of line) {
      if (character === "[" || character === "{") brackets++;
      else if ((character === "]" || character === "}") && brackets > 0) brackets--;
      if (brackets > maxDepth) return index + 1;
    }
    const [lead = ""] = /^[ \t]*(?:[-?][ \t]+)*/.exec(line) ?? [];
    if (lead.length > maxDepth * 4) return index + 1;
  }
  return undefined;
}

/** Turns the nodes of one document into a tree, aliases written out. */
class TreeReader {
  #nodeCount = 0;

  constructor(
    readonly document: Document.Parsed,
    readonly lineCounter: LineCounter,
    readonly origin: ConfigOrigin,
    readonly problems: ConfigProblem[],
  ) {}

  /** @param start offset of the value's key, or of the item */
  read(node: Node, start: number, depth: number): ConfigNode {
    const origin = this.#place(start);
    if (++this.#nodeCount > maxNodes) this.#stop(origin, `more than ${maxNodes} values`);
    if (depth > maxDepth) this.#stop(origin, `values nested more than ${maxDepth} deep`);
    if (isAlias(node)) {
      const target = node.resolve(this.document);
      if (target) return this.read(target, start, depth + 1);
      return this.#refuse(origin, `The alias *${node.source} has no anchor.`);
    }
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#item(item, start, depth));
      return { content: items, origin };
    }
    if (isMap(node)) return { content: this.#readMap(node.items, depth), origin };
    return isScalar(node) ? this.#readScalar(node.value, origin) : this.#refuse(origin, "It holds no value.");
  }

  #item(item: unknown, start: number, depth: number): ConfigNode {
    if (!isNode(item)) return { content: null, origin: this.#place(start) };
    return this.read(item, item.range?.[0] ?? start, depth + 1);
  }

  #readMap(items: readonly unknown[], depth: number): ConfigMap {
    const content: ConfigMap = new Map();
    for (const pair of items) {
      if (!isPair(pair)) continue;
      const start = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      const key = this.#key(pair.key, start);
      if (key === undefined) continue;
      const origin = this.#place(start);
      const what = `"${key}" is there twice.`;
      if (content.has(key)) this.problems.push(configProblem("CODEX_CONFIG_DUPLICATE_KEY", [], origin, { what }));
      content.set(key, isNode(pair.value) ? this.read(pair.value, start, depth + 1) : { content: null, origin });
    }
    return content;
  }

  #key(key: unknown, start: number): string | undefined {
    const node = isAlias(key) ? key.resolve(this.document) : key;
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      this.#refuse(this.#place(start), "A key is no plain text.");
      return undefined;
    }
    const text = String(value);
    if (!isForbiddenKey(text)) return text;
    const what = `"${text}" cannot be a key.`;
    this.problems.push(configProblem("CODEX_CONFIG_FORBIDDEN_KEY", [], this.#place(start), { what }));
    return undefined;
  }

  #readScalar(value: unknown, origin: ConfigOrigin): ConfigNode {
    if (typeof value === "number" && !Number.isFinite(value))
      return this.#refuse(origin, `${value} is no finite number.`);
    if (value === null || ["string", "number", "boolean"].includes(typeof value)) {
      return { content: value as Scalar, origin };
    }
    return this.#refuse(origin, "The value is no text, number, boolean or null.");
  }

  #place(offset: number): ConfigOrigin {
    const { line, col } = this.lineCounter.linePos(offset);
    return { ...this.origin, line: Math.max(1, line), column: Math.max(1, col) };
  }

  #refuse(origin: ConfigOrigin, what: string): ConfigNode {
    this.problems.push(configProblem("CODEX_CONFIG_SYNTAX", [], origin, { what }));
    return { content: null, origin };
  }

  #stop(origin: ConfigOrigin, what: string): never {
    throw configProblem("CODEX_CONFIG_ALIASES", [], origin, { what: `The file holds ${what}.` }).error;
  }
}

function sentence(message: string): string {
  const text = message.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
