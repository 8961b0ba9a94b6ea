import type { JsonObject } from "../contracts/json.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import type { CatalogueMatch, PluginCatalogue } from "../plugins/catalogue.js";
import { nearestName } from "../plugins/nearest-name.js";
import { pointsOfSection } from "../plugins/points.js";
import { type ConfigProblem, configProblem, problemOf, whereOf } from "./config-problem.js";
import { type ConfigNode, type ConfigPath, isMapNode, nearestNode, nodeAt } from "./config-tree.js";
import { allowedTypes, isSecretPath, knownKeys, type SchemaView, variants, viewOf, viewsAt } from "./schema-view.js";
import { isSectionOfMany, kernelSections, partSections, rootKeys } from "./sections.js";

/** A part that the config selects. */
export interface SelectedPart {
  readonly section: string;
  /** The section, or the key in a section of several. */
  readonly name: string;
  readonly path: ConfigPath;
  /** One match for each point that the section fills. */
  readonly matches: readonly CatalogueMatch[];
}

/** A part that the run goes on without, because its plugin cannot be used. */
export interface SkippedPart {
  readonly section: string;
  readonly name: string;
  readonly problem: CodexError;
}

/** Keys of every part that are the kernel's own. */
const partKeys: JsonObject = {
  type: { type: "string", minLength: 1, description: "The registered type that fills this section." },
  optional: { type: "boolean", description: "Whether the run may go on without this part when it cannot be made." },
};

/** What a config may hold, given the types that it selects. */
export class ConfigSchema {
  readonly parts: SelectedPart[] = [];
  readonly skipped: SkippedPart[] = [];
  readonly problems: ConfigProblem[] = [];

  /** Looks up the types that a tree selects; what cannot be found becomes a problem. */
  constructor(
    readonly tree: ConfigNode,
    readonly catalogue: PluginCatalogue,
  ) {
    for (const section of partSections) {
      const node = nodeAt(tree, [section]);
      if (!node) continue;
      if (!isSectionOfMany(section)) this.#select(section, section, [section], node);
      else if (isMapNode(node)) {
        for (const [name, instance] of node.content) this.#select(section, name, [section, name], instance, name);
      }
    }
  }

  #select(section: string, name: string, path: ConfigPath, node: ConfigNode, defaultType?: string): void {
    if (!isMapNode(node)) return;
    const typeNode = node.content.get("type");
    const type = typeNode?.content ?? defaultType;
    if (typeof type !== "string") return;
    const origin = typeNode?.origin ?? node.origin;
    const points = pointsOfSection(section);
    try {
      const askedBy = whereOf(origin, [...path, "type"]);
      const matches = points.map((point) => this.catalogue.find(point.key, type, askedBy));
      this.parts.push({ section, name, path, matches });
    } catch (error) {
      if (!isCodexError(error)) throw error;
      const isMistake = ["CODEX_PLUGIN_UNKNOWN_TYPE", "CODEX_PLUGIN_AMBIGUOUS_TYPE"].includes(error.code);
      const isOptional = node.content.get("optional")?.content === true;
      const failsOpen = points[0]?.failurePolicy === "open" && !isMistake;
      if (isOptional || failsOpen) this.skipped.push({ section, name, problem: error });
      else this.problems.push(problemOf(error, [...path, "type"], origin));
    }
  }

  /** The part that a path leads into. */
  partAt(path: ConfigPath): SelectedPart | undefined {
    return this.parts.find((part) => part.path.every((key, index) => path[index] === key));
  }

  /** The schemas of the value at a path; empty when nothing may be there. */
  viewsAt(path: ConfigPath): readonly SchemaView[] {
    const [section, ...rest] = path;
    const kernelSchema = kernelSections.get(section ?? "");
    if (kernelSchema) return viewsAt(viewOf(kernelSchema), rest);
    const part = this.partAt(path);
    if (!part) return [];
    const inner = path.slice(part.path.length);
    const [key] = inner;
    const kernelKey =
      inner.length === 1 && key !== undefined && Object.hasOwn(partKeys, key) ? partKeys[key] : undefined;
    if (kernelKey) return [viewOf(kernelKey as JsonObject)];
    return part.matches.flatMap((match) => viewsAt(viewOf(match.schema), inner));
  }

  /** Whether a schema has a place for the path. Names of parts in a section of several are not known to any. */
  knows(path: ConfigPath): boolean {
    const [section, key, ...rest] = path;
    if (key === undefined) return rootKeys.includes(section!);
    const isType = key === "type" && rest.length === 0 && partSections.includes(section!);
    if (isType && !isSectionOfMany(section!)) return true;
    return this.viewsAt(path).length > 0;
  }

  isSecret(path: ConfigPath): boolean {
    const part = this.partAt(path);
    const inner = path.slice(part?.path.length);
    return part?.matches.some((match) => isSecretPath(viewOf(match.schema), inner)) ?? false;
  }

  /** Whether a key changes no number: `x-codex-effect: observing` on it or on anything around it. */
  isObserving(path: ConfigPath): boolean {
    return path.some((_, index) =>
      this.viewsAt(path.slice(0, index + 1)).some((view) =>
        variants(view).some(({ schema }) => schema["x-codex-effect"] === "observing"),
      ),
    );
  }

  allowsText(path: ConfigPath): boolean {
    const views = this.viewsAt(path);
    return (
      views.length === 0 || views.some((view) => allowedTypes(view).size === 0 || allowedTypes(view).has("string"))
    );
  }

  /** The keys that may stand directly below a path: those of schemas and those that are there. */
  keysBelow(path: ConfigPath): readonly string[] {
    const node = nodeAt(this.tree, path);
    const present = isMapNode(node) ? [...node.content.keys()] : [];
    if (path.length === 0) return [...rootKeys, ...present];
    const own = this.partAt(path)?.path.length === path.length ? Object.keys(partKeys) : [];
    return [...new Set([...this.viewsAt(path).flatMap(knownKeys), ...own, ...present])];
  }

  /** The path with its first unknown key spelled as the nearest known one, or undefined when none is near. */
  nearestPath(path: ConfigPath): ConfigPath | undefined {
    for (let length = 1; length <= path.length; length++) {
      const at = path.slice(0, length);
      if (this.knows(at) || nodeAt(this.tree, at)) continue;
      const near = nearestName(path[length - 1]!, this.keysBelow(path.slice(0, length - 1)));
      return near === undefined ? undefined : [...path.slice(0, length - 1), near, ...path.slice(length)];
    }
    return undefined;
  }

  /** The keys at the deepest known place on the way to a path: `trainer has type, maxSteps, … .` */
  describeSurroundings(path: ConfigPath): string {
    let known: ConfigPath = [];
    while (known.length < path.length - 1) {
      const next = path.slice(0, known.length + 1);
      if (!this.knows(next) && !nodeAt(this.tree, next)) break;
      known = next;
    }
    const keys = this.keysBelow(known);
    const owner = known.length === 0 ? "A config" : known.join(".");
    return keys.length > 0 ? `${owner} has ${[...new Set(keys)].join(", ")}.` : `${owner} has no keys.`;
  }

  /** What is wrong with the sections themselves: unknown ones, absent ones, ones that are no map or have no type. */
  sectionProblems(needed: readonly string[]): ConfigProblem[] {
    const problems: ConfigProblem[] = [];
    const { content } = this.tree;
    if (!(content instanceof Map)) return problems;
    for (const [key, node] of content) {
      if (!rootKeys.includes(key)) {
        const nearest = nearestName(key, rootKeys);
        const what = `There is no section "${key}".${nearest ? ` Did you mean "${nearest}"?` : ""}`;
        const why = `The sections are ${rootKeys.join(", ")}.`;
        problems.push(
          configProblem("CODEX_CONFIG_UNKNOWN_KEY", [key], node.origin, { what, why, ...(nearest ? { nearest } : {}) }),
        );
      } else if (!isMapNode(node)) {
        problems.push(notAMap([key], node));
      } else if (isSectionOfMany(key)) {
        for (const [name, part] of node.content) if (!isMapNode(part)) problems.push(notAMap([key, name], part));
      } else if (!kernelSections.has(key) && typeof node.content.get("type")?.content !== "string") {
        problems.push(noType(key, node, this.catalogue));
      }
    }
    for (const section of needed) {
      if (content.has(section)) continue;
      const types = this.catalogue.types(pointsOfSection(section)[0]!.key);
      const what = `The config says nothing of \`${section}\`.`;
      const fix = `Name a preset (--config NAME), or write \`${section}: { type: ${types[0] ?? "TYPE"} }\`.`;
      problems.push(
        configProblem("CODEX_CONFIG_MISSING_KEY", [section], nearestNode(this.tree, []).origin, { what, fix }),
      );
    }
    return problems;
  }
}

function notAMap(path: ConfigPath, node: ConfigNode): ConfigProblem {
  const what = `\`${path.join(".")}\` is no map of keys and values.`;
  const fix = typeof node.content === "string" ? `Write { type: ${node.content} }.` : undefined;
  return configProblem("CODEX_CONFIG_WRONG_VALUE", path, node.origin, fix ? { what, fix } : { what });
}

function noType(section: string, node: ConfigNode, catalogue: PluginCatalogue): ConfigProblem {
  const types = catalogue.types(pointsOfSection(section)[0]!.key);
  const what = `\`${section}\` names no type.`;
  const fix = `Add \`type\`: ${types.join(", ") || `install a plugin that provides a ${section}`}.`;
  return configProblem("CODEX_CONFIG_MISSING_KEY", [section, "type"], node.origin, { what, fix });
}
