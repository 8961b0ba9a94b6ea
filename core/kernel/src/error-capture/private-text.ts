import type { Json } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

const maxLength = 600;
const secretName = /key|token|secret|password|passwd|credential|auth/i;
const patterns: readonly RegExp[] = [
  /\b(?:sk|pk|rk|hf|gh[pousr]|github_pat|glpat|npm|xox[abprs])[-_][A-Za-z0-9_-]{8,}/g,
  /\bAKIA[A-Z0-9]{12,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+/g,
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9+/._=-]{6,}/gi,
  /(?<=:\/\/)[^\s/@]+:[^\s/@]+(?=@)/g,
  /(?<=\b(?:api[-_]?key|token|secret|password)\s*[=:]\s*)[^\s,;"']+/gi,
];
// What somebody wrote is quoted where a message shows it. Quoted names and paths have no blanks in them.
const quotations: readonly RegExp[] = [/"[^"]*"/g, /“[^”]*”/g, /`[^`]*`/g, /(?<!\w)'[^']*'(?!\w)/g];

/**
 * A message without secrets and without what somebody wrote: values of secret keys and of environment variables with
 * a secret's name, tokens by their form, quotations that hold a blank, and all after the first line.
 */
export function withoutPrivateText(message: string, secrets: readonly string[]): string {
  let text = message;
  for (const secret of secrets) text = text.replaceAll(secret, "[secret]");
  for (const pattern of patterns) text = text.replace(pattern, "[secret]");
  for (const quotation of quotations) {
    text = text.replace(quotation, (quoted) => (/\s/.test(quoted) ? "[text left out]" : quoted));
  }
  const [line = ""] = text.split("\n");
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** The values that no message may show, longest first. */
export function secretValues(config: Json, paths: readonly string[], environment = process.env): readonly string[] {
  const values = paths.flatMap((path) => texts(valueAt(config, path)));
  for (const [name, value] of Object.entries(environment)) if (secretName.test(name) && value) values.push(value);
  return [...new Set(values)].filter((value) => value.length >= 4).sort((a, b) => b.length - a.length);
}

function valueAt(config: Json, path: string): Json | undefined {
  let value: Json | undefined = config;
  for (const key of path.split(".")) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

function texts(value: Json | undefined): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}
