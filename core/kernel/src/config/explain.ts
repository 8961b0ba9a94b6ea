import type { Json, JsonObject } from "../contracts/json.js";
import { configErrors } from "../errors/config-errors.js";
import { pointsOfSection } from "../plugins/points.js";
import { type ConfigOrigin, describeOrigin } from "./config-origin.js";
import type { ConfigSchema } from "./config-schema.js";
import { type ConfigNode, type ConfigPath, isMapNode, nodeAt, pathText, toJson } from "./config-tree.js";
import { describeValues } from "./describe-values.js";
import type { ResolvedConfig } from "./resolved-config.js";
import { defaultOf, descriptionOf, plainVariants, type SchemaView, variants, viewOf } from "./schema-view.js";
import { isSectionOfMany, sectionDescriptions } from "./sections.js";

/** A value that counted once, and what set it. */
export interface ValueOfOrigin {
  /** Absent for secrets. */
  readonly value?: Json;
  readonly origin: ConfigOrigin;
  /** The origin in words. */
  readonly from: string;
}

/** Why a key has the value it has. */
export interface KeyExplanation {
  readonly key: string;
  /** False for a key that a schema knows, and that has neither value nor default. */
  readonly isSet: boolean;
  readonly isSecret: boolean;
  readonly value?: Json;
  readonly origin?: ConfigOrigin;
  readonly from?: string;
  /** The text before interpolation, where it differs. Absent for secrets. */
  readonly source?: string;
  /** What it overrode, newest first. */
  readonly overrode: readonly ValueOfOrigin[];
  /** Of a key that is not set, and whose map is not: what it will be once the map is there. */
  readonly default?: Json;
  /** Whether a key that is not set has to be, once the map is there that it belongs to. */
  readonly isRequired?: boolean;
  /** What it may be, in words. */
  readonly values?: string;
  readonly description?: string;
}

/**
 * Explains a key, or each option of a section, set or not.
 *
 * @throws CODEX_CONFIG_NO_SUCH_KEY
 */
export function explainKey(config: ResolvedConfig, key: string): readonly KeyExplanation[] {
  const path = key.split(".");
  if (nodeAt(config.tree, path) || config.schema.knows(path)) return [...explainBelow(config, path)];
  const near = config.schema.nearestPath(path);
  throw configErrors.CODEX_CONFIG_NO_SUCH_KEY({
    what: `There is no key ${key}.${near ? ` Did you mean ${pathText(near)}?` : ""}`,
    where: "codex config explain",
    why: config.schema.describeSurroundings(path),
  });
}

/**
 * In the schemas' order: each leaf, and each option that is not set with those below it.
 *
 * @param around schemas of the maps around the path: one that holds itself is not followed where nothing is set
 */
function* explainBelow(
  config: ResolvedConfig,
  path: ConfigPath,
  around: readonly JsonObject[] = [],
): Generator<KeyExplanation> {
  const node = nodeAt(config.tree, path);
  const maps = config.schema.viewsAt(path).flatMap((view) => variants(view).map(({ schema }) => schema));
  const isLeaf = node ? !isMapNode(node) : maps.some((schema) => around.includes(schema));
  const keys = isLeaf ? [] : optionsBelow(config, path);
  if (!node) yield explainUnset(config, path);
  else if (keys.length === 0) yield explainLeaf(config, path, node);
  for (const key of keys) yield* explainBelow(config, [...path, key], [...around, ...maps]);
}

function optionsBelow({ schema, tree }: ResolvedConfig, path: ConfigPath): readonly string[] {
  const keys = schema.keysBelow(path);
  const part = schema.partAt(path);
  if (part?.path.length !== path.length) return keys;
  // A run needs the parts of the other sections: `optional` says nothing of them.
  const hasOptional = isSectionOfMany(part.section) || nodeAt(tree, [...path, "optional"]);
  const own = hasOptional ? ["type", "optional"] : ["type"];
  return [...own, ...keys.filter((key) => key !== "type" && key !== "optional")];
}

function explainUnset(config: ResolvedConfig, path: ConfigPath): KeyExplanation {
  const { schema } = config;
  const [byDefault] = schema.viewsAt(path).map(defaultOf);
  const around = schema.viewsAt(path.slice(0, -1)).flatMap(plainVariants);
  const isRequired = around.some(({ schema: { required } }) => {
    return Array.isArray(required) && required.includes(path.at(-1));
  });
  return {
    key: pathText(path),
    isSet: false,
    isSecret: schema.isSecret(path),
    overrode: [],
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(isRequired ? { isRequired } : {}),
    ...described(config, path),
  };
}

function explainLeaf(config: ResolvedConfig, path: ConfigPath, node: ConfigNode): KeyExplanation {
  const isSecret = config.isSecret(path, node);
  const overrode: ValueOfOrigin[] = [];
  for (let before = node.previous; before; before = before.previous) {
    const from = describeOrigin(before.origin);
    overrode.push(isSecret ? { origin: before.origin, from } : { value: toJson(before), origin: before.origin, from });
  }
  return {
    key: pathText(path),
    isSet: true,
    isSecret,
    ...(isSecret ? {} : { value: config.redactedAt(path) }),
    origin: node.origin,
    from: describeOrigin(node.origin),
    ...(node.source === undefined || isSecret ? {} : { source: node.source }),
    overrode,
    ...described(config, path),
  };
}

/** What the schemas say of a key. */
function described({ schema }: ResolvedConfig, path: ConfigPath): Pick<KeyExplanation, "values" | "description"> {
  const views = schema.viewsAt(path);
  const said = views.map(descriptionOf).find((text) => text !== undefined);
  const description = path.length === 1 ? sectionDescriptions[path[0]!] : said;
  const [view] = typeView(schema, path) ?? views;
  return {
    ...(view ? { values: describeValues(view) } : {}),
    ...(description === undefined ? {} : { description }),
  };
}

/** The types to choose from, where the path is a part's `type`. */
function typeView(schema: ConfigSchema, path: ConfigPath): readonly SchemaView[] | undefined {
  const part = schema.partAt(path);
  if (part?.path.length !== path.length - 1 || path.at(-1) !== "type") return undefined;
  const [point] = pointsOfSection(part.section);
  return point && [viewOf({ enum: schema.catalogue.types(point.key) })];
}
