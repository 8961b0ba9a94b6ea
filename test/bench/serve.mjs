// Trains on demand, by the line protocol of peers/pytorch_gpt.py:
//   npm run --silent bench:serve -- --shape S|M|L [--reference DIR] [--compute onnx|wasm|tensorflow] [--threads N] [--runtime R]
// prints {"ready":true,…}; then, for every line N on stdin, runs N steps and prints {"ms":[…],"loss":[…],…}.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { shapes } from "./shapes.mjs";
import { createTraining, openBackend } from "./training.mjs";

const { values: flags } = parseArgs({
  options: {
    shape: { type: "string", default: "S" },
    reference: { type: "string" },
    compute: { type: "string", default: "onnx" },
    threads: { type: "string" },
    runtime: { type: "string", default: "auto" },
  },
});
const shape = shapes[flags.shape];
if (!shape || !["onnx", "wasm", "tensorflow"].includes(flags.compute)) {
  console.error("Usage: bench:serve -- --shape S|M|L [--reference DIR] [--compute onnx|wasm|tensorflow] [--threads N]");
  process.exit(2);
}

const print = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);
const threads = flags.threads === undefined ? {} : { threads: Number(flags.threads) };
const backend = await openBackend(flags.compute, { runtime: flags.runtime, ...threads });
const training = await createTraining({ shape, backend, reference: flags.reference });
print({ ready: true, peer: "codex", shape, parameters: training.parameters, device: backend.device });

for await (const line of createInterface({ input: process.stdin })) {
  const steps = [];
  for (let i = 0; i < Number(line); i++) steps.push(await training.next());
  print({
    ms: steps.map((step) => step.ms),
    loss: steps.map((step) => step.loss),
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  });
}
await training.dispose();
await backend.dispose();
