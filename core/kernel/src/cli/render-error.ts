import { capturedFileOf } from "../error-capture/captured-file.js";
import { cliErrors } from "../errors/cli-errors.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";

/** An error as `--json` prints it. */
export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly what: string;
    readonly where: string | null;
    readonly why: string | null;
    readonly fix: string | null;
  };
}

/** The error as a CodexError: unforeseen ones become CODEX_CLI_UNEXPECTED. */
export function toCodexError(error: unknown): CodexError {
  if (isCodexError(error)) return error;
  if (error instanceof AggregateError) {
    const first = error.errors.find(isCodexError);
    if (first) return first;
  }
  const what = error instanceof Error ? error.message || error.name : String(error);
  return cliErrors.CODEX_CLI_UNEXPECTED({ what, where: firstFrame(error), cause: error });
}

/** Where in the sources an unforeseen error was thrown. */
function firstFrame(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return error.stack
    ?.split("\n")
    .find((line) => /^\s+at /.test(line))
    ?.replace(/^\s+at /, "");
}

export function errorDocument(error: CodexError): ErrorDocument {
  const { code, what, where = null, why = null, fix = null } = error;
  return { error: { code, what, where, why, fix } };
}

/** How an error is shown to a person. */
export interface ErrorStyle {
  readonly hasColor: boolean;
  /** Adds the stack and the causes. */
  readonly withStack: boolean;
}

/** CODE and what, then where, why and fix, one a line; further lines of a part are set in. */
export function renderError(error: CodexError, style: ErrorStyle): string {
  const paint = (code: number, text: string): string => (style.hasColor ? `\u001b[${code}m${text}\u001b[0m` : text);
  const lines = [`${paint(31, error.code)}: ${setIn(error.what)}`];
  const parts = [
    ["Where", error.where],
    ["Why", error.why],
    ["Fix", error.fix],
  ] as const;
  for (const [name, text] of parts) if (text) lines.push(`${paint(1, `${name}:`)} ${setIn(text)}`);
  const captured = capturedFileOf(error);
  if (captured) lines.push(`${paint(1, "To ask about it:")} ${captured}`);
  if (style.withStack) lines.push(...stacks(error));
  return `${lines.join("\n")}\n`;
}

function setIn(text: string): string {
  return text.replace(/\n(?! )/g, "\n  ");
}

function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = error.stack ? [error.stack] : [];
  return error.cause === undefined ? own : [...own, "Caused by:", ...stacks(error.cause)];
}
