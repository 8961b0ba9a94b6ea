import type { Json, JsonObject } from "../contracts/json.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import { pointsOfSection } from "../plugins/points.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { alternativeKeys } from "./schema-view.js";
import { isSectionOfMany, kernelSections, partSections, sectionDescriptions } from "./sections.js";

/** Where editors find the schema, from the project's folder. */
export const editorSchemaPath = ".codex/schema.json";

/**
 * A JSON Schema of presets with the plugins that are installed: editors complete and check by it. Nothing is required,
 * because a preset may leave to others what it does not say, and any value may be an interpolation.
 */
export function editorSchema(catalogue: PluginCatalogue): JsonObject {
  const sections = partSections.map((section): [string, JsonObject] => [section, sectionSchema(section, catalogue)]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Codex config",
    type: "object",
    properties: {
      defaults: {
        description: "Groups below configs/ that this file is laid over, without ending: model/gpt-nano.",
        type: "array",
        items: { type: "string" },
      },
      ...Object.fromEntries([...kernelSections].map(([section, schema]) => [section, tolerant(schema)])),
      ...Object.fromEntries(sections),
    },
    additionalProperties: false,
  };
}

function sectionSchema(section: string, catalogue: PluginCatalogue): JsonObject {
  const point = pointsOfSection(section)[0]!;
  const description = sectionDescriptions[section]!;
  const types = catalogue.types(point.key);
  const branches = types.flatMap((type) => {
    const entry = catalogue.entries.find((candidate) => !candidate.problem && candidate.provides[point.key]?.[type]);
    const schema = entry?.provides[point.key]?.[type]?.schema;
    return schema ? [{ type, schema }] : [];
  });
  if (!isSectionOfMany(section)) return { description, ...partSchema(branches) };
  const named = branches.map(({ type, schema }): [string, JsonObject] => [
    type,
    partSchema(branches, { type, schema }),
  ]);
  return {
    description: `${description} The type of each is its name where it says no other.`,
    type: ["object", "null"],
    properties: Object.fromEntries(named),
    additionalProperties: partSchema(branches),
  };
}

interface Branch {
  readonly type: string;
  readonly schema: JsonObject;
}

/** A part whose options follow from its type; `byDefault` holds where it names none. */
function partSchema(branches: readonly Branch[], byDefault?: Branch): JsonObject {
  const conditions = branches.map(({ type, schema }): JsonObject => {
    const named = {
      properties: { type: { const: type } },
      ...(byDefault?.type === type ? {} : { required: ["type"] }),
    };
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
    return { if: named, then: withPartKeys(schema, branches) };
  });
  return {
    type: ["object", "null"],
    properties: partKeys(branches),
    ...(conditions.length > 0 ? { allOf: conditions } : {}),
  };
}

function partKeys(branches: readonly Branch[]): JsonObject {
  return {
    type: {
      description: "The registered type that fills this section.",
      anyOf: [...branches.map(({ type }) => ({ const: type })), { type: "string", pattern: "#|\\$\\{" }],
    },
    optional: { type: "boolean", description: "Whether the run may go on without this part when it cannot be made." },
  };
}

function withPartKeys(schema: JsonObject, branches: readonly Branch[]): JsonObject {
  const { $schema: _, ...rest } = tolerant(schema);
  const properties = isJsonObject(rest.properties) ? rest.properties : {};
  return { ...rest, properties: { ...partKeys(branches), ...properties } };
}

/** The schema with nothing required, and interpolations allowed in the place of every value but maps. */
function tolerant(schema: JsonObject): JsonObject {
  const { required: _, properties, items, oneOf, ...rest } = schema;
  return {
    ...rest,
    ...(oneOf === undefined || alternativeKeys(oneOf) ? {} : { oneOf }),
    ...(isJsonObject(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, orReference(value)])) }
      : {}),
    ...(isJsonObject(items) ? { items: orReference(items) } : items === undefined ? {} : { items }),
  };
}

function orReference(value: Json): Json {
  if (!isJsonObject(value)) return value;
  if (isJsonObject(value.properties)) return tolerant(value);
  if (value.type === "string" && value.enum === undefined && value.pattern === undefined) return value;
  const { default: byDefault, description, ...checks } = tolerant(value);
  return {
    ...(description === undefined ? {} : { description }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    anyOf: [checks, { type: "string", pattern: "\\$\\{" }],
  };
}
