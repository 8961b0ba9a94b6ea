// How long the event loop waits while the default engine trains: the 99th percentile and the most, a JSON line each.
//
//   node test/bench/event-loop.mjs [--shapes S,M,L] [--steps 10]
//
// Steps that compile are not looked at. The histogram's resolution is 1 ms: that much of each figure is its timer.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.mjs";
import { openBackend } from "./open-backend.mjs";
import { shapes } from "./shapes.mjs";
import { createTraining } from "./training.mjs";

const { values: flags } = parseArgs({
  options: { shapes: { type: "string", default: "S,M,L" }, steps: { type: "string", default: "10" } },
});
const machine = describeMachine();
for (const name of flags.shapes.split(",")) {
  const backend = await openBackend("onnx");
  const training = await createTraining({ shape: shapes[name], backend });
  for (let step = 0; step < 2; step++) await training.next();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let step = 0; step < Number(flags.steps); step++) await training.next();
  delay.disable();
  const ms = (nanoseconds) => Number((nanoseconds / 1e6).toFixed(1));
  console.log(
    JSON.stringify({
      shape: name,
      p50Ms: ms(delay.percentile(50)),
      p99Ms: ms(delay.percentile(99)),
      mostMs: ms(delay.max),
      machine,
    }),
  );
  await training.dispose();
  await backend.dispose();
}
