import type { Json, JsonObject } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { type SchemaView, variants } from "./schema-view.js";

/** How a value that stands for itself is shown. */
export type QuoteValue = (value: Json) => string;

/**
 * What an option may be, in words: `whole number of steps ≥ 1`, `"min" or "max"`, `list of texts`. Patterns are left to
 * descriptions.
 */
export function describeValues(view: SchemaView, quote: QuoteValue = (value) => JSON.stringify(value)): string {
  return describe(view, { quote, unit: unitOf(view) });
}

/** The unit of a number, by the schema's keyword `x-codex-unit`. */
function unitOf(view: SchemaView): string | undefined {
  for (const { schema } of variants(view)) {
    if (typeof schema["x-codex-unit"] === "string") return schema["x-codex-unit"];
  }
  return undefined;
}

interface Manner {
  readonly quote: QuoteValue;
  readonly unit?: string;
  /** Of several values: `texts`. */
  readonly isPlural?: boolean;
}

function describe(view: SchemaView, manner: Manner): string {
  const different = [...new Set(alternatives(view, manner))];
  const last = different.at(-1) ?? "any value";
  return different.length < 2 ? last : `${different.slice(0, -1).join(", ")} or ${last}`;
}

function alternatives(view: SchemaView, manner: Manner): readonly string[] {
  const { schema, root } = view;
  const { quote } = manner;
  if (schema.$ref !== undefined) return variants(view)[1] ? alternatives(variants(view)[1]!, manner) : [];
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches) && schema.type === undefined) {
    return branches.filter(isJsonObject).flatMap((branch) => alternatives({ schema: branch, root }, manner));
  }
  if ("const" in schema) return [quote(schema.const!)];
  if (Array.isArray(schema.enum)) return schema.enum.map((value: Json) => quote(value));
  const types: readonly Json[] = Array.isArray(schema.type) ? schema.type : [schema.type ?? null];
  return types.flatMap((type) => (type === "boolean" ? [quote(true), quote(false)] : [kind(type, view, manner)]));
}

function kind(type: Json, { schema, root }: SchemaView, manner: Manner): string {
  const { unit, isPlural } = manner;
  const many = isPlural ? "s" : "";
  const of = unit === undefined ? "" : ` of ${unit}`;
  switch (type) {
    case "integer":
      return `whole number${many}${of}${range(schema)}`;
    case "number":
      return `number${many}${of}${range(schema)}`;
    case "string":
      return `text${many}`;
    case "array":
      return `list${many} of ${describeItems({ schema, root }, { ...manner, isPlural: true })}`;
    case "object":
      return `map${many}${describeEntries({ schema, root }, { ...manner, isPlural: false })}`;
    default:
      return type === "null" ? manner.quote(null) : "any value";
  }
}

function describeItems({ schema, root }: SchemaView, manner: Manner): string {
  const first: readonly Json[] = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  if (first.length > 0) {
    const kinds = first.filter(isJsonObject).map((item) => describe({ schema: item, root }, manner));
    return new Set(kinds).size === 1 ? `${first.length} ${kinds[0]}` : kinds.join(", ");
  }
  return isJsonObject(schema.items) ? describe({ schema: schema.items, root }, manner) : "values";
}

/** What a map holds, where its keys are the user's and its values are no maps. */
function describeEntries({ schema, root }: SchemaView, manner: Manner): string {
  const open = schema.additionalProperties;
  if (!isJsonObject(open)) return "";
  return isJsonObject(open.properties) ? " by name" : ` by name of ${describe({ schema: open, root }, manner)}`;
}

function range(schema: JsonObject): string {
  const limit = (key: string) => {
    const value = schema[key];
    return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : undefined;
  };
  const [least, most] = [limit("minimum"), limit("maximum")];
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  const [above, below] = [limit("exclusiveMinimum"), limit("exclusiveMaximum")];
  const bounds = [
    least === undefined ? undefined : `≥ ${least}`,
    above === undefined ? undefined : `> ${above}`,
    most === undefined ? undefined : `≤ ${most}`,
    below === undefined ? undefined : `< ${below}`,
  ].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}
