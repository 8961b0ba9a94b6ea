import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import type { Json, JsonObject } from "../contracts/json.js";
import { nearestName } from "../plugins/nearest-name.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { describeOrigin } from "./config-origin.js";
import { type ConfigProblem, configProblem } from "./config-problem.js";
import type { ConfigSchema } from "./config-schema.js";
import { type ConfigNode, type ConfigPath, nearestNode, nodeAt, toJson } from "./config-tree.js";
import { withoutPasswords } from "./redact-words.js";
import { allowedTypes, alternativeKeys, viewOf } from "./schema-view.js";
import { kernelSections, sectionsWithoutDefault } from "./sections.js";

/** All mistakes of a config under the schemas of `run` and of each part that it selects. */
export function validateTree(
  tree: ConfigNode,
  schema: ConfigSchema,
  needed: readonly string[] = sectionsWithoutDefault,
): ConfigProblem[] {
  const validator = new Validator(tree, schema);
  const problems = schema.sectionProblems(needed);
  for (const [section, options] of kernelSections) {
    if (nodeAt(tree, [section])) problems.push(...validator.check([section], options));
  }
  for (const { path, matches } of schema.parts) {
    const seen = new Set<string>();
    for (const match of matches) {
      for (const problem of validator.check(path, match.schema, match.type)) {
        const said = `${problem.key} ${problem.error.code} ${problem.error.what}`;
        if (!seen.has(said)) problems.push(problem);
        seen.add(said);
      }
    }
  }
  return problems;
}

// That a schema is one is not checked first: to compile the schema of schemas takes longer than all the others together.
const ajv = new Ajv2020({
  allErrors: true,
  strict: false,
  validateFormats: false,
  validateSchema: false,
  verbose: true,
  logger: false,
});
const compiled = new WeakMap<JsonObject, ValidateFunction>();
/** By their text too: each kernel of a process reads the same files anew. */
const compiledTexts = new Map<string, ValidateFunction>();

function compile(schema: JsonObject): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const { $schema: _, $id: __, ...rest } = schema;
  const text = JSON.stringify(rest);
  const validate = compiledTexts.get(text) ?? ajv.compile(rest);
  compiledTexts.set(text, validate);
  compiled.set(schema, validate);
  return validate;
}

/** Whether a schema allows a part's options. */
export function allowsOptions(schema: JsonObject, options: JsonObject): boolean {
  return compile(schema)(options) === true;
}

class Validator {
  constructor(
    readonly tree: ConfigNode,
    readonly schema: ConfigSchema,
  ) {}

  /** Mistakes of the value at a path; a part's `type` and `optional` are the kernel's and left out. */
  check(path: ConfigPath, schema: JsonObject, type?: string): ConfigProblem[] {
    const value = toJson(nodeAt(this.tree, path)!);
    if (!isJsonObject(value)) return [];
    const { type: _, optional, ...options } = value;
    const problems: ConfigProblem[] = [];
    if (type !== undefined && optional !== undefined && typeof optional !== "boolean") {
      const node = nodeAt(this.tree, [...path, "optional"])!;
      const what = `${[...path, "optional"].join(".")} must be true or false.`;
      problems.push(configProblem("CODEX_CONFIG_WRONG_VALUE", [...path, "optional"], node.origin, { what }));
    }
    const validate = compile(schema);
    if (!validate(type === undefined ? value : options)) {
      for (const error of essential(validate.errors ?? [])) problems.push(this.#problem(path, error, type));
    }
    return problems;
  }

  #problem(base: ConfigPath, error: ErrorObject, type: string | undefined): ConfigProblem {
    const path = [...base, ...pointerPath(error.instancePath)];
    const origin = nearestNode(this.tree, path).origin;
    const key = path.join(".");
    if (error.keyword === "additionalProperties" || error.keyword === "unevaluatedProperties") {
      const unknown: string = error.params.additionalProperty ?? error.params.unevaluatedProperty;
      return this.#unknownKey([...path, unknown], type);
    }
    if (error.keyword === "required") {
      const missing = `${key}.${error.params.missingProperty}`;
      const what = `${missing} is missing${type === undefined ? "" : `; ${base.join(".")} type ${type} needs it`}.`;
      return configProblem("CODEX_CONFIG_MISSING_KEY", [...path, error.params.missingProperty], origin, { what });
    }
    const alternatives = error.keyword === "oneOf" ? alternativeKeys(error.schema as Json) : undefined;
    if (alternatives) return this.#notOneOf(path, alternatives, type);
    if (error.propertyName !== undefined) {
      const named = [...path, error.propertyName];
      const form: unknown = error.parentSchema?.description;
      const what = `${named.join(".")} must have a name that is ${typeof form === "string" ? form : expectation(error)}.`;
      return configProblem("CODEX_CONFIG_WRONG_VALUE", named, nearestNode(this.tree, named).origin, { what });
    }
    const node = nodeAt(this.tree, path);
    const isSecret = node?.secret === true || this.schema.isSecret(path);
    const shown = () => withoutPasswords(node?.source ?? short(error.data as Json));
    const given = isSecret ? "what is given (a secret, not shown)" : shown();
    const near = nearestAllowed(error);
    const hint = near === undefined ? "" : ` Did you mean ${near}?`;
    const what = `${key} must be ${expectation(error)}, and is ${given}.${hint}`;
    return configProblem("CODEX_CONFIG_WRONG_VALUE", path, origin, {
      what,
      ...(near === undefined ? {} : { nearest: near }),
      ...(error.keyword === "pattern" ? meaningOf(error) : {}),
    });
  }

  /** A map that has none, or several, of the keys of which it needs exactly one. */
  #notOneOf(path: ConfigPath, alternatives: readonly string[], type: string | undefined): ConfigProblem {
    const given = alternatives.filter((key) => nodeAt(this.tree, [...path, key]));
    const of = type === undefined ? "" : `; ${path.join(".")} type ${type} needs it`;
    const all = alternatives.map((key) => [...path, key].join("."));
    if (given.length === 0) {
      const what = `${all[0]} is missing${of}, or ${all.slice(1).join(" or ")} in its place.`;
      const { origin } = nearestNode(this.tree, path);
      return configProblem("CODEX_CONFIG_MISSING_KEY", [...path, alternatives[0]!], origin, { what });
    }
    const places = given.map((key) => ({ key, origin: nodeAt(this.tree, [...path, key])!.origin }));
    const said = places.map(({ key, origin }) => `${[...path, key].join(".")} (${describeOrigin(origin)})`);
    const { key, origin } = places.at(-1)!;
    return configProblem("CODEX_CONFIG_WRONG_VALUE", [...path, key], origin, {
      what: `${said.join(" and ")} cannot be there together.`,
      fix: `Leave one of them out. An override takes one away: ${given.map((name) => `~${[...path, name].join(".")}`).join(" or ")}.`,
    });
  }

  #unknownKey(path: ConfigPath, type: string | undefined): ConfigProblem {
    const node = nodeAt(this.tree, path) ?? nearestNode(this.tree, path);
    const unknown = path.at(-1)!;
    const parent = path.slice(0, -1);
    const known = this.schema.keysBelow(parent).filter((key) => key !== unknown && this.schema.knows([...parent, key]));
    const nearest = nearestName(unknown, known);
    const owner = type === undefined ? parent.join(".") : `${parent.join(".")} (type ${type})`;
    const what = `${owner} has no key "${unknown}".${nearest ? ` Did you mean "${nearest}"?` : ""}`;
    const why = known.length > 0 ? `It has ${known.join(", ")}.` : undefined;
    return configProblem("CODEX_CONFIG_UNKNOWN_KEY", path, node.origin, {
      what,
      ...(why ? { why } : {}),
      ...(nearest ? { nearest } : {}),
    });
  }
}

/**
 * Leaves out what follows from other errors. Of a union, the errors of the branch that fits best are kept when it
 * agrees in kind with the value, else the union's own error.
 */
function essential(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const dropped = new Set<ErrorObject>();
  for (const union of unions) {
    const inside = errors.filter((error) => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`));
    const branches = new Map<string, ErrorObject[]>();
    for (const error of inside) {
      const branch = error.schemaPath.slice(union.schemaPath.length + 1).split("/")[0]!;
      branches.set(branch, [...(branches.get(branch) ?? []), error]);
    }
    const rejects = (error: ErrorObject): boolean =>
      (error.instancePath === union.instancePath && error.keyword === "type") || error.keyword === "const";
    const fitting = [...branches.values()].filter((branch) => !branch.some(rejects));
    const kept = fitting.length === 1 ? fitting[0]! : [];
    for (const error of inside) if (!kept.includes(error)) dropped.add(error);
    if (kept.length > 0) dropped.add(union);
  }
  const implied = new Set(["if", "propertyNames"]);
  return errors.filter((error) => !dropped.has(error) && !implied.has(error.keyword));
}

function pointerPath(pointer: string): ConfigPath {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const comparisons: { readonly [keyword: string]: string } = {
  minimum: "at least",
  exclusiveMinimum: "more than",
  maximum: "at most",
  exclusiveMaximum: "less than",
  multipleOf: "a multiple of",
};

/** What an error's schema asks for, in words that follow "must be". */
function expectation(error: ErrorObject): string {
  const { keyword, params, schema } = error;
  const comparison = comparisons[keyword];
  if (comparison) return `${comparison} ${params.limit ?? params.multipleOf}`;
  switch (keyword) {
    case "type":
      return [params.type as string | readonly string[]].flat().map(article).join(" or ");
    case "enum":
      return `one of ${(params.allowedValues as readonly Json[]).map((value) => JSON.stringify(value)).join(", ")}`;
    case "const":
      return JSON.stringify(params.allowedValue);
    case "minLength":
      return `a text of ${params.limit} or more characters`;
    case "maxLength":
      return `a text of ${params.limit} or fewer characters`;
    case "minItems":
      return `a list of ${params.limit} or more`;
    case "maxItems":
      return `a list of ${params.limit} or fewer`;
    case "pattern":
      return `a text that matches ${params.pattern}`;
    case "anyOf":
    case "oneOf":
      return (schema as readonly JsonObject[]).map(summary).join(", or ");
    default:
      return error.message?.replace(/^must (?:be )?/, "") ?? "something else";
  }
}

/** What a value with a pattern is for: few read patterns. */
function meaningOf({ parentSchema }: ErrorObject): { readonly why?: string } {
  return typeof parentSchema?.description === "string" ? { why: parentSchema.description } : {};
}

function article(type: string): string {
  const words: { readonly [type: string]: string } = {
    integer: "a whole number",
    object: "a map",
    array: "a list",
    string: "a text",
    null: "null",
  };
  return words[type] ?? `a ${type}`;
}

/** A branch of a union in a few words. */
function summary(schema: JsonObject): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(", ");
  if ("const" in schema) return JSON.stringify(schema.const);
  return [...allowedTypes(viewOf(schema))].map(article).join(" or ") || "another form";
}

function nearestAllowed(error: ErrorObject): string | undefined {
  if (error.keyword !== "enum" || typeof error.data !== "string") return undefined;
  const values = error.params.allowedValues as readonly Json[];
  return nearestName(
    error.data,
    values.filter((value) => typeof value === "string"),
  );
}

function short(value: Json): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
