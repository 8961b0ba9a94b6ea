import type { PreparationProgress } from "../../contracts/batch-source.js";
import { formatBytes, formatCount, formatDuration, formatThings } from "../../text/quantity.js";
import { fitLine, LiveLine, type LiveLineSettings } from "../live-line.js";
import type { OutputStream } from "../terminal.js";

/** Shows how far a preparation is. */
export class PreparationLine {
  readonly #line: LiveLine;
  readonly #now: () => number;
  #startedAtMs: number;

  constructor(stream: OutputStream, settings: LiveLineSettings = {}) {
    this.#line = new LiveLine(stream, settings);
    this.#now = settings.now ?? Date.now;
    this.#startedAtMs = this.#now();
  }

  /** Tells what takes its time before the preparation begins. */
  note(text: string): void {
    this.#line.note(text);
    this.#startedAtMs = this.#now();
  }

  report(progress: PreparationProgress): void {
    const tookMs = this.#now() - this.#startedAtMs;
    this.#line.update((columns) => formatPreparation(progress, tookMs, columns));
  }

  clear(): void {
    this.#line.clear();
  }
}

/** One line: `12.0 MiB of 40.0 MiB  5s left  5.2 MiB/s  1,204 documents  2.9M tokens`. */
export function formatPreparation(progress: PreparationProgress, tookMs: number, columns?: number): string {
  const { documents, tokens, sourceBytes, totalSourceBytes: total } = progress;
  const bytesPerMs = tookMs > 0 && sourceBytes > 0 ? sourceBytes / tookMs : undefined;
  const parts = [
    total === undefined ? formatBytes(sourceBytes) : `${formatBytes(sourceBytes)} of ${formatBytes(total)}`,
  ];
  if (bytesPerMs !== undefined && total !== undefined && total > sourceBytes) {
    parts.push(`${formatDuration((total - sourceBytes) / bytesPerMs)} left`);
  }
  if (bytesPerMs !== undefined) parts.push(`${formatBytes(Math.round(bytesPerMs * 1000))}/s`);
  parts.push(formatThings(documents, "document"), `${formatCount(tokens)} tokens`);
  return fitLine(parts, total ? sourceBytes / total : undefined, columns);
}
