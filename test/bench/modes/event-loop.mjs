import { eventLoopDelay } from "../event-loop-delay.mjs";
import { backendOptions, openBackend } from "../open-backend.mjs";
import { printTable } from "../table.mjs";
import { createTraining } from "../training.mjs";

/** How long the event loop waits while each shape trains; steps that compile are not looked at. */
export async function run(flags) {
  const results = [];
  for (const { text, shape } of flags.shapes) {
    const backend = await openBackend(flags.compute, backendOptions(flags));
    const training = await createTraining({ shape, backend });
    for (let step = 0; step < 2; step++) await training.next();
    results.push({ shape: text, ...(await eventLoopDelay(training, flags.seconds)) });
    await training.dispose();
    await backend.dispose();
  }
  printTable(
    ["shape", "steps", "p50, ms", "p99, ms", "most, ms"],
    results.map(({ shape, steps, p50Ms, p99Ms, mostMs }) => [shape, steps, p50Ms, p99Ms, mostMs]),
  );
  return results;
}
