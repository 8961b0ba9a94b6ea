/** 1: the work failed; 2: the input was wrong; 3: a safety policy refused; 130: stopped, for which the command line says 143 after SIGTERM. */
export type ExitCode = 1 | 2 | 3 | 130;

/** What an error says. */
export interface ErrorContent {
  /** What happened, with the values at hand. */
  readonly what: string;
  /** File, line, config key, tensor. */
  readonly where?: string;
  readonly why?: string;
  readonly fix?: string;
  readonly cause?: unknown;
}

const brand = Symbol.for("codex.error");

/**
 * An error that a person can act on. Made by `defineErrors`.
 */
export class CodexError extends Error {
  readonly [brand] = true;
  readonly what: string;
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(
    readonly code: string,
    readonly exitCode: ExitCode,
    content: ErrorContent,
  ) {
    super(`${code}: ${content.what}`, content.cause === undefined ? undefined : { cause: content.cause });
    this.name = "CodexError";
    this.what = content.what;
    this.where = content.where;
    this.why = content.why;
    this.fix = content.fix;
  }

  /** The five parts, one a line, as the command line prints them. */
  override toString(): string {
    const lines = [this.message];
    if (this.where) lines.push(`Where: ${this.where}`);
    if (this.why) lines.push(`Why: ${this.why}`);
    if (this.fix) lines.push(`Fix: ${this.fix}`);
    return lines.join("\n");
  }
}

/** Whether a value is a CodexError, of any copy of codex-core. */
export function isCodexError(value: unknown): value is CodexError {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
}
