import { withTimeLimit } from "../plugins/time-limit.js";

/** What failed while parts were closed. */
export interface DisposalFailure {
  readonly label: string;
  readonly error: unknown;
}

/** Closes what was made, last-in-first-out; a failure keeps nothing else from being closed. */
export class DisposalStack {
  readonly #entries: { readonly label: string; readonly dispose: () => unknown }[] = [];

  constructor(readonly limitMs: number) {}

  /** Remembers how to close something. */
  push(label: string, dispose: () => unknown): void {
    this.#entries.push({ label, dispose });
  }

  /** Remembers a part if it can be closed: when it has a `dispose`. */
  pushPart(label: string, part: unknown): void {
    if (isDisposable(part)) this.push(label, () => part.dispose());
  }

  /** Closes everything and tells what failed. */
  async dispose(): Promise<readonly DisposalFailure[]> {
    const failures: DisposalFailure[] = [];
    while (this.#entries.length > 0) {
      const { label, dispose } = this.#entries.pop()!;
      const tooLate = () => new Error(`it did not close in ${this.limitMs} ms`);
      try {
        await withTimeLimit((async () => dispose())(), this.limitMs, tooLate);
      } catch (error) {
        failures.push({ label, error });
      }
    }
    return failures;
  }
}

/** Whether a part has a `dispose`. */
export function isDisposable(part: unknown): part is { dispose(): unknown } {
  return typeof part === "object" && part !== null && typeof (part as { dispose?: unknown }).dispose === "function";
}
