import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { planErrors } from "../errors/plan-errors.js";

/** Problems that a plan finds, so that all of them are told together. */
export class Problems {
  readonly #found: CodexError[] = [];

  get found(): readonly CodexError[] {
    return this.#found;
  }

  add(error: CodexError): void {
    this.#found.push(error);
  }

  /** What the work gives; undefined when it fails with a coded error, which is kept. */
  async collect<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isCodexError(error)) throw error;
      this.add(error);
      return undefined;
    }
  }

  /** What was found as one error: a single problem as itself, several as an error that lists them all. */
  get error(): CodexError | undefined {
    if (this.#found.length < 2) return this.#found[0];
    return planErrors.CODEX_PLAN_REFUSED({
      what: `The run has ${this.#found.length} problems:\n${this.#found.map(problemText).join("\n")}`,
    });
  }
}

function problemText({ code, what, where, fix }: CodexError): string {
  const place = where === undefined ? "" : `${where}: `;
  return `  ${place}${what} [${code}]${fix === undefined ? "" : `\n    Fix: ${fix}`}`;
}
