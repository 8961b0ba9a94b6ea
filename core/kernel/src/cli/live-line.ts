import type { OutputStream } from "./terminal.js";

const barLength = 20;
const liveIntervalMs = 100;

/** When lines are shown. */
export interface LiveLineSettings {
  /** Milliseconds between lines where nobody watches. Default: 10,000. */
  readonly plainIntervalMs?: number;
  readonly now?: () => number;
}

/** One line of progress: redrawn on a terminal, elsewhere written anew every ten seconds. */
export class LiveLine {
  readonly #now: () => number;
  readonly #intervalMs: number;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #isShown = false;

  constructor(
    readonly stream: OutputStream,
    { plainIntervalMs = 10_000, now = Date.now }: LiveLineSettings = {},
  ) {
    this.#now = now;
    this.#intervalMs = stream.isTerminal ? liveIntervalMs : plainIntervalMs;
  }

  /** Takes the line away, before something else is printed. */
  clear(): void {
    if (this.#isShown) this.stream.write("\r\u001b[2K");
    this.#isShown = false;
  }

  /** Prints text that stays, in the place of the line. */
  print(text: string): void {
    this.clear();
    this.stream.write(text);
  }

  /** Tells what takes its time now; on a terminal only, and until something else is shown. */
  note(text: string): void {
    if (!this.stream.isTerminal) return;
    this.print(text);
    this.#isShown = true;
  }

  /** Shows the line when the last one is old enough, or `anyway`. `format` gets the columns of a terminal. */
  update(format: (columns?: number) => string, anyway = false): void {
    const atMs = this.#now();
    if (!anyway && atMs - this.#shownAtMs < this.#intervalMs) return;
    if (this.stream.isTerminal) this.note(format(this.stream.columns));
    else this.stream.write(`${format()}\n`);
    this.#shownAtMs = atMs;
  }
}

/**
 * The parts of a line, two blanks apart. With `columns`, a bar goes in front where there is room, and what does not fit
 * is left out, from the end on.
 *
 * @param share how much is done, from 0 to 1; undefined where nobody knows, so that there is no bar
 */
export function fitLine(parts: readonly string[], share: number | undefined, columns?: number): string {
  if (columns === undefined) return parts.join("  ");
  const width = columns - 1;
  const kept = [...parts];
  while (kept.length > 1 && kept.join("  ").length > width) kept.pop();
  const line = kept.join("  ");
  if (share === undefined || line.length + barLength + 2 > width) return line.slice(0, width);
  return `${formatBar(share)}  ${line}`;
}

function formatBar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barLength);
  return "━".repeat(filled) + "╌".repeat(barLength - filled);
}
