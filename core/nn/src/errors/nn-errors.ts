/** What an occurrence of an error says. */
export interface NnErrorContent {
  readonly what: string;
  readonly where?: string;
  readonly why?: string;
  readonly fix?: string;
}

const brand = Symbol.for("codex.error");

/** An error of codex-nn. Carries the brand by which all parts of Codex know each other's errors. */
export class NnError extends Error {
  readonly [brand] = true;
  readonly what: string;
  readonly where: string | undefined;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(
    readonly code: string,
    readonly exitCode: 1 | 2,
    content: NnErrorContent,
  ) {
    super(`${code}: ${content.what}`);
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

const definitions = {
  CODEX_NN_SHAPE: {
    exitCode: 2,
    when: "Tensors that an operator gets do not fit together.",
    fix: "Look at the shapes in the message and at the operator's documentation.",
  },
  CODEX_NN_ARGUMENT: {
    exitCode: 2,
    when: "A number given to a mathematical function is outside its range.",
    fix: "Use a value in the range that the message names.",
  },
  CODEX_NN_GRADIENT: {
    exitCode: 2,
    when: "A gradient cannot be taken: an operator has none, or one that does not fit, or the value depends on nothing.",
    fix: "Use operators that have gradients between the parameters and the loss, or register the missing one.",
  },
  CODEX_NN_NOT_FINITE: {
    exitCode: 1,
    when: "A value that must be finite is NaN or infinite.",
    fix: "Lower the learning rate, clip gradients, or look for the first step where it appears.",
  },
} as const;

type Code = keyof typeof definitions;
type Factories = { readonly [C in Code]: (content: NnErrorContent) => NnError };

/** The errors of codex-nn: factories by code, beside their definitions. */
export const nnErrors: Factories & { readonly definitions: typeof definitions } = Object.freeze({
  definitions,
  ...(Object.fromEntries(
    Object.entries(definitions).map(([code, { exitCode, fix }]) => [
      code,
      (content: NnErrorContent) => new NnError(code, exitCode, { fix, ...content }),
    ]),
  ) as Factories),
});
