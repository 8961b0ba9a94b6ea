import { CodexError, type ErrorContent, type ExitCode } from "./codex-error.js";

/** An entry of an error catalogue: the reason and remedy that hold for every occurrence. */
export interface ErrorDefinition {
  readonly exitCode: ExitCode;
  /** When it is thrown, for docs/errors.md. */
  readonly when: string;
  readonly why?: string;
  readonly fix: string;
}

export type ErrorFactory = (content: ErrorContent) => CodexError;

/** Factories by code, beside the definitions they were made of. */
export type ErrorCatalogue<Code extends string> = { readonly [C in Code]: ErrorFactory } & {
  readonly definitions: { readonly [C in Code]: ErrorDefinition };
};

/**
 * Defines the errors of a package. Codes are `CODEX_AREA_PROBLEM`. What an occurrence says of why and fix goes before
 * what the definition says.
 *
 * @example
 * export const dataErrors = defineErrors({
 *   CODEX_DATA_EMPTY: { exitCode: 2, when: "A file holds no text.", fix: "Remove the file or fill it." },
 * });
 * throw dataErrors.CODEX_DATA_EMPTY({ what: "book.txt is empty.", where: "book.txt" });
 */
export function defineErrors<const Code extends string>(
  definitions: Record<Code, ErrorDefinition>,
): ErrorCatalogue<Code> {
  const factories: Record<string, unknown> = { definitions };
  for (const [code, definition] of Object.entries<ErrorDefinition>(definitions)) {
    factories[code] = (content: ErrorContent) =>
      new CodexError(code, definition.exitCode, {
        ...content,
        why: content.why ?? definition.why,
        fix: content.fix ?? definition.fix,
      });
  }
  return Object.freeze(factories) as ErrorCatalogue<Code>;
}
