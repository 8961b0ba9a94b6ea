/** npm passes a Ctrl-C on to a process that got it from the terminal already: what comes so soon is the same one. */
const sameSignalMs = 250;

/** What an interruption needs of the process, so that tests can stand in for it. */
export interface SignalSource {
  on(event: "SIGINT" | "SIGTERM", listener: (signal: string) => void): unknown;
  off(event: "SIGINT" | "SIGTERM", listener: (signal: string) => void): unknown;
  exit(code: number): void;
}

/** Of a process that a signal stopped: 128 and the signal's number. */
const exitCodes: { readonly [signal: string]: number } = { SIGINT: 130, SIGTERM: 143 };

/** A watch over the process's signals. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Of a command that was stopped: 143 by SIGTERM, else 130. */
  readonly exitCode: number;
  /** Ends the watch: signals end the process again. */
  release(): void;
}

/**
 * A signal that the first SIGINT or SIGTERM aborts; the next one ends the process at once, with code 130 or 143.
 *
 * @param onFirst - called when the first one arrives, to say what will happen now.
 */
export function createInterruption(source: SignalSource, onFirst: () => void, now = Date.now): Interruption {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  let exitCode = 130;
  const listener = (name: string): void => {
    if (firstAtMs === undefined) {
      firstAtMs = now();
      exitCode = exitCodes[name] ?? exitCode;
      onFirst();
      controller.abort(new Error(`${name} received`));
    } else if (now() - firstAtMs > sameSignalMs) {
      source.exit(exitCodes[name] ?? exitCode);
    }
  };
  source.on("SIGINT", listener);
  source.on("SIGTERM", listener);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release() {
      source.off("SIGINT", listener);
      source.off("SIGTERM", listener);
    },
  };
}
