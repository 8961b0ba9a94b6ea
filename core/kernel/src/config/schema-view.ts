import type { Json, JsonObject } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** A JSON Schema together with the document that its `$ref`s are relative to. */
export interface SchemaView {
  readonly schema: JsonObject;
  readonly root: JsonObject;
}

const combinators = ["anyOf", "oneOf", "allOf"] as const;
const maxReferences = 20;

export function viewOf(schema: JsonObject): SchemaView {
  return { schema, root: schema };
}

/** The schema, and all that it refers to or combines: what a value may have to do with. */
export function variants(view: SchemaView, references = 0): readonly SchemaView[] {
  const found: SchemaView[] = [view];
  const { schema, root } = view;
  if (typeof schema.$ref === "string" && references < maxReferences) {
    const target = resolvePointer(root, schema.$ref);
    if (target) found.push(...variants({ schema: target, root }, references + 1));
  }
  for (const combinator of combinators) {
    const parts = schema[combinator];
    if (!Array.isArray(parts)) continue;
    for (const part of parts) if (isJsonObject(part)) found.push(...variants({ schema: part, root }, references));
  }
  return found;
}

/** The schema and what it refers to; not the branches of a union, of which only the plugin knows which one holds. */
export function plainVariants(view: SchemaView): readonly SchemaView[] {
  const { anyOf: _, oneOf: __, ...schema } = view.schema;
  return variants({ ...view, schema });
}

export function defaultOf(view: SchemaView): Json | undefined {
  for (const { schema } of plainVariants(view)) if ("default" in schema) return schema.default;
  return undefined;
}

/** Schemas of the value below a key or index. */
export function viewsBelow(view: SchemaView, key: string): readonly SchemaView[] {
  return variants(view).flatMap(({ schema, root }) => {
    const properties = schema.properties;
    const named = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const open =
      named ?? schema.additionalProperties ?? (/^\d+$/.test(key) ? itemSchema(schema, Number(key)) : undefined);
    return isJsonObject(open) ? [{ schema: open, root }] : [];
  });
}

function itemSchema(schema: JsonObject, index: number): Json | undefined {
  const first: readonly Json[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  return first[index] ?? schema.items;
}

/** Schemas of the value at a path. */
export function viewsAt(view: SchemaView, path: readonly string[]): readonly SchemaView[] {
  let views: readonly SchemaView[] = [view];
  for (const key of path) views = views.flatMap((at) => viewsBelow(at, key));
  return views;
}

/** Keys that the schema names. */
export function knownKeys(view: SchemaView): readonly string[] {
  const keys = variants(view).flatMap(({ schema }) =>
    isJsonObject(schema.properties) ? Object.keys(schema.properties) : [],
  );
  return [...new Set(keys)];
}

/** Whether a value at the path is a secret: `writeOnly` on it or on anything around it. */
export function isSecretPath(view: SchemaView, path: readonly string[]): boolean {
  for (let length = 0; length <= path.length; length++) {
    const views = viewsAt(view, path.slice(0, length)).flatMap((at) => variants(at));
    if (views.some(({ schema }) => schema.writeOnly === true)) return true;
  }
  return false;
}

/**
 * Keys of which exactly one has to be there: a `oneOf` of nothing but one required key each. Undefined for any other
 * schema.
 */
export function alternativeKeys(oneOf: Json | undefined): readonly string[] | undefined {
  if (!Array.isArray(oneOf) || oneOf.length < 2) return undefined;
  const keys = oneOf.map((branch: Json) => {
    if (!isJsonObject(branch) || Object.keys(branch).length !== 1) return undefined;
    const { required } = branch;
    return Array.isArray(required) && required.length === 1 ? String(required[0]) : undefined;
  });
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

/** The types that a schema allows: `string`, `integer` … Empty when it says nothing. */
export function allowedTypes(view: SchemaView): ReadonlySet<string> {
  const types = new Set<string>();
  for (const { schema } of variants(view)) {
    const said: readonly Json[] = Array.isArray(schema.type)
      ? schema.type
      : schema.type === undefined
        ? []
        : [schema.type];
    for (const type of said) if (typeof type === "string") types.add(type);
    const values: readonly Json[] = Array.isArray(schema.enum)
      ? schema.enum
      : "const" in schema
        ? [schema.const ?? null]
        : [];
    for (const value of values) types.add(value === null ? "null" : typeof value);
  }
  return types;
}

/** The first description on the way in. */
export function descriptionOf(view: SchemaView): string | undefined {
  for (const { schema } of variants(view)) if (typeof schema.description === "string") return schema.description;
  return undefined;
}

function resolvePointer(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith("#")) return undefined;
  let at: Json | undefined = root;
  for (const key of reference.slice(1).split("/").slice(1)) {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isJsonObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }
  return isJsonObject(at) ? at : undefined;
}
