import type { SchemaIssue } from "./plugin.js";

/** What a schema refuses, and where: `.every: must be at least 1`. */
export function issueText({ path = [], message }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return `${keys.map((key) => `.${key}`).join("")}: ${message}`;
}
