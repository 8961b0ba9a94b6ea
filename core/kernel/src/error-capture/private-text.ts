import { homedir } from "node:os";
import type { Json } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

const maxLength = 600;
// Authors and keyboards are no secrets, nor are the settings of tokenizers.
const secretName = /key(?!board)|token(?!iz)|secret|password|passwd|credential|auth(?!or)/i;
const plainValue = /^(?:true|false|none|null|auto|default|always|never)$/i;
// The end of a key counts: a tokenizer is no token.
const secretOverride = /^[^=]*(?:key|token|secret|password|passwd|credentials?)=(.+)$/is;
const patterns: readonly RegExp[] = [
  /\b(?:sk|pk|rk|hf|gh[pousr]|github_pat|glpat|npm|xox[abprs])[-_][A-Za-z0-9_-]{8,}/g,
  /\bAKIA[A-Z0-9]{12,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+/g,
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9+/._=-]{6,}/gi,
  /(?<=:\/\/)[^\s/@]+:[^\s/@]+(?=@)/g,
  /(?<=(?:\b|_)(?:api[-_]?key|token|secret|password)\s*[=:]\s*)[^\s,;"']+/gi,
];
// What somebody wrote is quoted where a message shows it. Quoted names and paths have no blanks in them. A quotation that
// was cut short has no end.
const quotations: readonly RegExp[] = [
  /"(?:[^"\\]|\\.)*(?:"|$)/gs,
  /“[^”]*(?:”|$)/g,
  /`[^`]*`/g,
  /(?<!\w)'[^']*'(?!\w)/g,
];

/** What no message may show, beside what shows by its form. */
export class PrivateTexts {
  #secrets: readonly string[];
  #texts: readonly string[] = [];

  constructor(secrets: readonly string[] = []) {
    this.#secrets = replaceable(secrets);
  }

  hideSecrets(secrets: readonly string[]): void {
    this.#secrets = replaceable([...this.#secrets, ...secrets]);
  }

  /** Hides texts that somebody wrote, and each of their lines. */
  hideTexts(texts: readonly string[]): void {
    this.#texts = replaceable([...this.#texts, ...texts, ...texts.flatMap((text) => text.split(/\r?\n/))]);
  }

  /** A text in which all secrets are written `[secret]`; the rest of it as it is. */
  withoutSecrets(original: string): string {
    let text = original;
    for (const secret of this.#secrets) text = text.replaceAll(secret, "[secret]");
    for (const pattern of patterns) text = text.replace(pattern, "[secret]");
    return text;
  }

  /**
   * A message without secrets and without what somebody wrote: values of secret keys and of environment variables with
   * a secret's name, tokens by their form, texts that were given, quotations that hold a blank, and all after the first
   * line. The folder of the user is written `~`.
   *
   * @param options.allQuotations leave out quoted names too
   */
  leaveOut(message: string, options: { readonly allQuotations?: boolean } = {}): string {
    let text = this.withoutSecrets(message);
    for (const written of this.#texts) text = text.replaceAll(written, "[text left out]");
    for (const quotation of quotations) {
      text = text.replace(quotation, (quoted) =>
        options.allQuotations || /\s/.test(quoted) ? "[text left out]" : quoted,
      );
    }
    const [line = ""] = withoutHome(text).split("\n");
    return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
  }
}

/** The folder of the user, whose name may be theirs, as `~`. */
function withoutHome(text: string): string {
  if (homedir().length < 2) return text;
  const home = homedir().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text.replace(new RegExp(`(?<![\\w./-])${home}(?![\\w.-])`, "g"), "~");
}

/** Longest first, so that none is cut by one that it holds; what is short is in every message. */
function replaceable(values: readonly string[]): readonly string[] {
  return [...new Set(values)].filter((value) => value.length >= 4).sort((a, b) => b.length - a.length);
}

/** The values of a config's secrets, by their dotted paths. */
export function configSecrets(config: Json, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => texts(valueAt(config, path)));
}

/** Whether the name of a variable, with its value, says that it is a secret. */
export function isNamedSecret(name: string, value: string): boolean {
  return secretName.test(name) && !plainValue.test(value);
}

/** The values of variables, and of overrides among a command line's words, whose names say that they are secrets. */
export function namedSecrets(
  environment: { readonly [name: string]: string | undefined },
  words: readonly string[] = [],
): readonly string[] {
  const ofVariables = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && isNamedSecret(name, value) ? [value] : [],
  );
  const ofOverrides = words.flatMap((word) => secretOverride.exec(word)?.slice(1) ?? []);
  return [...ofVariables, ...ofOverrides];
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
