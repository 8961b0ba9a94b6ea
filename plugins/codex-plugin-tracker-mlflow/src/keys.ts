import { createHash } from "node:crypto";

const maxBytes = 250;
const maxKnown = 10_000;

/** Keys of names that were asked for: a run tells of the same few metrics at each step. */
const known = new Map<string, string>();

/**
 * A name as a key of MLflow: letters, digits, `_ - . /` and blanks; any other character as `_x40_`, its code. A path
 * that stays below its folder, at most 250 bytes: of a longer one the end is a digest.
 */
export function toKey(name: string): string {
  let key = known.get(name);
  if (key !== undefined) return key;
  key = makeKey(name);
  if (known.size >= maxKnown) known.clear();
  known.set(name, key);
  return key;
}

function makeKey(name: string): string {
  const safe = name.replaceAll(/[^\p{L}\p{Nd}_\-./ ]/gu, (character) => `_x${character.codePointAt(0)!.toString(16)}_`);
  const parts = safe.split("/").filter((part) => part !== "");
  const key = parts.map((part) => (/^\.+$/.test(part) ? "_".repeat(part.length) : part)).join("/") || "_";
  if (Buffer.byteLength(key) <= maxBytes) return key;
  const digest = createHash("sha256").update(key).digest("hex").slice(0, 8);
  const start = Buffer.from(key)
    .subarray(0, maxBytes - 12)
    .toString("utf8")
    .replace(/[\ufffd/]+$/u, "");
  return `${start}-${digest}`;
}

/** A text as MLflow's stores take it: without NUL, in whole characters, at most so long. */
export function toText(value: unknown, maxLength: number): string {
  const text = String(value).replaceAll("\0", "\ufffd");
  return wholeCharacters(text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`);
}

/** A text without halves of characters. */
export function wholeCharacters(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
}
