import type { Json, Named } from "../contracts/json.js";

/** Takes the secrets out of a text. */
export type HideSecrets = (text: string) => string;

const maxDepth = 8;
const maxItems = 200;
const maxValues = 2000;
const maxLength = 10_000;
const secretName =
  /(?:^|[_-])(?:auth|pass)$|(?:password|passwd|passphrase|secret|credentials?|authorization|cookie|(?:api|access|private|secret)[_-]?key)$/i;
const tokenName = /token$/i;

/**
 * A line's fields as data that JSON can hold, without secrets: values under names such as `password`, `apiKey` or
 * `authorization`, and secrets inside of texts. A number under `token` is an id, and stays. What is too long or too deep
 * is cut.
 */
export function cleanFields(fields: unknown, hide: HideSecrets): Named<Json> {
  return typeof fields === "object" && fields !== null ? new Cleaner(hide).members(fields, 0) : {};
}

/** A text without secrets, cut where it is too long. */
export function cleanText(text: string, hide: HideSecrets): string {
  const hidden = hide(text.length > 2 * maxLength ? text.slice(0, 2 * maxLength) : text);
  return hidden.length > maxLength ? `${hidden.slice(0, maxLength)}…` : hidden;
}

class Cleaner {
  /** Bounds the work on data that refers to itself. */
  #valuesLeft = maxValues;

  constructor(readonly hide: HideSecrets) {}

  members(value: object, depth: number): Record<string, Json> {
    const clean: Record<string, Json> = Object.create(null);
    const entries = Object.entries(value);
    for (const [name, member] of entries.slice(0, maxItems)) {
      if (member === undefined || typeof member === "function" || typeof member === "symbol") continue;
      clean[cleanText(name, this.hide)] = isSecret(name, member) ? "[secret]" : this.#value(member, depth + 1);
    }
    if (entries.length > maxItems) clean["…"] = `${entries.length - maxItems} more`;
    return clean;
  }

  #value(value: unknown, depth: number): Json {
    if (--this.#valuesLeft < 0) return "…";
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
    if (typeof value !== "object") return cleanText(String(value), this.hide);
    if (depth > maxDepth) return "…";
    if (Array.isArray(value)) return this.#items(value, depth);
    if (ArrayBuffer.isView(value)) return this.#items([...(value as Uint8Array).subarray(0, maxItems + 1)], depth);
    if (value instanceof Error) return cleanText(`${value.name}: ${value.message}`, this.hide);
    if ("toJSON" in value && typeof value.toJSON === "function") return this.#value(value.toJSON(), depth + 1);
    return this.members(value, depth);
  }

  #items(items: readonly unknown[], depth: number): Json {
    const kept = items.slice(0, maxItems).map((item) => this.#value(item ?? null, depth + 1));
    return items.length > maxItems ? [...kept, "…"] : kept;
  }
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === "boolean") return false;
  return secretName.test(name) || (tokenName.test(name) && typeof value !== "number");
}
