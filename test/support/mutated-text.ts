import type { Mutation } from "../deep/operator-mutations.js";

/** A source with a mutation in its place. @throws where the source does not have the mutation's text once */
export function mutatedText(file: string, source: string, { operator, replaces, by }: Mutation): string {
  const parts = source.split(replaces);
  if (parts.length === 2) return parts.join(by);
  throw new Error(
    `native/${file} has ${parts.length - 1} times, not once, what this mutation of ${operator} replaces: ${replaces}\n` +
      "The source has changed: bring test/deep/operator-mutations.ts up to date with it.",
  );
}
