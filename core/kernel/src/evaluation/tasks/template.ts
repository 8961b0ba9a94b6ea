import type { Json, JsonObject } from "../../contracts/json.js";

/** A text with places for fields: `{{question}}`, `{{answers.text}}`, `{{choices.0}}`. Nothing in it is executed. */
const place = /\{\{\s*([\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*)\s*\}\}/gu;
const onePlace = new RegExp(`^${place.source}$`, "u");

/** What is wrong with a template; undefined when nothing is. */
export function templateProblem(template: string): string | undefined {
  const rest = template.replace(place, "");
  return rest.includes("{{") ? "has {{ that begins no field: write {{name}}" : undefined;
}

/**
 * The text, with each field's value in its place; a number or boolean as JSON writes it.
 *
 * @throws Error when there is no such field, or it is no text, number or boolean
 */
export function fillTemplate(template: string, fields: JsonObject): string {
  return template.replace(place, (_, path: string) => asText(fieldAt(fields, path), path));
}

/**
 * The texts of a list of templates, or of one template that is a list's field and nothing else.
 *
 * @throws Error as `fillTemplate`, or when the field is no list
 */
export function fillList(templates: string | readonly string[], fields: JsonObject): string[] {
  if (typeof templates !== "string") return templates.map((template) => fillTemplate(template, fields));
  const path = onePlace.exec(templates)?.[1];
  const value = path === undefined ? undefined : fieldAt(fields, path);
  if (!Array.isArray(value)) return [fillTemplate(templates, fields)];
  return value.map((each: Json, index) => asText(each, `${path}.${index}`));
}

function fieldAt(fields: JsonObject, path: string): Json | undefined {
  const inside = (holder: Json | undefined, key: string): Json | undefined =>
    typeof holder === "object" && holder !== null && Object.hasOwn(holder, key)
      ? (holder as JsonObject)[key]
      : undefined;
  return path.split(".").reduce(inside, fields);
}

function asText(value: Json | undefined, path: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new TypeError(value === undefined ? `it has no field ${path}` : `its field ${path} is no text`);
}
