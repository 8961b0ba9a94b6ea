import { stringify } from "yaml";
import type { Json, JsonObject } from "../contracts/json.js";
import type { ConfigOrigin } from "./config-origin.js";
import type { ConfigSchema, SelectedPart, SkippedPart } from "./config-schema.js";
import {
  type ConfigNode,
  type ConfigPath,
  isListNode,
  isMapNode,
  leaves,
  type MapNode,
  mapToJson,
  nodeAt,
  pathText,
  toJson,
} from "./config-tree.js";
import { orderKeys } from "./key-order.js";

/** A config with everything settled: composed, overridden, interpolated, checked and completed. */
export class ResolvedConfig {
  /** All sections, defaults filled in; secrets are in it. */
  readonly value: JsonObject;
  /** Where each leaf (scalar, list or empty map) comes from, by its dotted path. */
  readonly origins: { readonly [path: string]: ConfigOrigin };

  readonly tree: MapNode;

  constructor(
    readonly projectFolder: string,
    tree: MapNode,
    readonly schema: ConfigSchema,
  ) {
    this.tree = orderKeys(tree, schema);
    this.value = mapToJson(this.tree);
    this.origins = Object.fromEntries([...leaves(this.tree)].map(([path, node]) => [pathText(path), node.origin]));
  }

  /** The parts that the config selects. */
  get parts(): readonly SelectedPart[] {
    return this.schema.parts;
  }

  /** Parts that the run goes on without. */
  get skipped(): readonly SkippedPart[] {
    return this.schema.skipped;
  }

  /** Dotted paths of secrets. */
  get secrets(): readonly string[] {
    return [...this.#secretPaths(this.tree, [])];
  }

  isSecret(path: ConfigPath, node: ConfigNode): boolean {
    return node.secret === true || this.schema.isSecret(path);
  }

  /** The value at a path, without secrets; undefined when there is none or it is one. */
  redactedAt(path: ConfigPath): Json | undefined {
    const node = nodeAt(this.tree, path);
    return node && !this.isSecret(path, node) ? this.#redact(node, path, (text) => text) : undefined;
  }

  /** The value without its secrets: their keys are left out. */
  redacted(): JsonObject {
    return this.#redact(this.tree, [], (text) => text) as JsonObject;
  }

  /** The value without its secrets, written so that as a preset it resolves to the same. */
  toPreset(): JsonObject {
    return this.#redact(this.tree, [], escapeReferences) as JsonObject;
  }

  /** `toPreset` as YAML. */
  toYaml(): string {
    return stringify(this.toPreset(), { lineWidth: 0, aliasDuplicateObjects: false });
  }

  #redact(node: ConfigNode, path: ConfigPath, text: (text: string) => string): Json {
    if (isMapNode(node)) {
      const kept = [...node.content].filter(([key, child]) => !this.isSecret([...path, key], child));
      return Object.fromEntries(kept.map(([key, child]) => [key, this.#redact(child, [...path, key], text)]));
    }
    if (isListNode(node)) {
      const kept = node.content.filter((child, index) => !this.isSecret([...path, String(index)], child));
      return kept.map((child, index) => this.#redact(child, [...path, String(index)], text));
    }
    const value = toJson(node);
    return typeof value === "string" ? text(value) : value;
  }

  *#secretPaths(node: ConfigNode, path: ConfigPath): Generator<string> {
    if (path.length > 0 && this.isSecret(path, node)) yield pathText(path);
    else if (isMapNode(node)) for (const [key, child] of node.content) yield* this.#secretPaths(child, [...path, key]);
    else if (isListNode(node)) {
      for (const [index, child] of node.content.entries()) yield* this.#secretPaths(child, [...path, String(index)]);
    }
  }
}

/** Text that interpolation would read is written so that it comes out as it is. */
function escapeReferences(text: string): string {
  return text.replaceAll("${", () => "$${");
}
