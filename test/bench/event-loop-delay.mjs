import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * How long the event loop waits while steps are trained, in milliseconds: median, 99th percentile and the most. The
 * histogram's resolution is 1 ms: that much of each figure is its timer.
 *
 * @param {{ next(): Promise<unknown> }} training whose first steps, which compile, are over
 * @param {number} seconds about; two steps at least
 */
export async function eventLoopDelay(training, seconds) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const end = performance.now() + seconds * 1000;
  delay.enable();
  let steps = 0;
  while (steps < 2 || performance.now() < end) {
    await training.next();
    steps++;
  }
  delay.disable();
  const ms = (nanoseconds) => Number((nanoseconds / 1e6).toFixed(1));
  return { steps, p50Ms: ms(delay.percentile(50)), p99Ms: ms(delay.percentile(99)), mostMs: ms(delay.max) };
}
