// Trains on demand, by the line protocol of peers/pytorch_gpt.py:
//   npm run --silent bench:serve -- --shape S|M|L [--reference DIR] [--compute onnx|tensorflow|wasm] [--device D] …
// prints {"ready":true,…}; then, for every line N on stdin, runs N steps and prints {"ms":[…],"loss":[…],…}.
import { createInterface } from "node:readline";
import { countFlag, describeFlags, readFlags, shareFlag, textFlag } from "./flags.mjs";
import { instructionSetFlag, useInstructionSet } from "./instruction-set.mjs";
import { backendOptions, openBackend } from "./open-backend.mjs";
import { peakMemoryBytes } from "./peak-memory.mjs";
import { computeFlags, shapeFlag } from "./shared-flags.mjs";
import { createTraining } from "./training.mjs";

const flags = {
  shape: shapeFlag("S"),
  reference: textFlag("DIR", "What the PyTorch peer exported: weights and batches. Default: our own."),
  dropout: shareFlag("Share of values dropped in training.", 0),
  "instruction-set": instructionSetFlag,
  ...computeFlags,
  threads: countFlag("Threads of one operator."),
  runtime: textFlag("NAME", "How ONNX Runtime is called: native-api or binding."),
};

/** The flags and the backend that they name; what is wrong with either is answered with the usage. */
async function open() {
  try {
    const values = readFlags(process.argv.slice(2), flags);
    return { values, backend: await openBackend(values.compute, backendOptions(values)) };
  } catch (error) {
    console.error(`${error.message}\n\nUsage: npm run --silent bench:serve -- [FLAGS]\n${describeFlags(flags)}`);
    process.exit(2);
  }
}

const print = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);
const { values, backend } = await open();
const { reference, dropout, "instruction-set": instructionSet } = values;
if (instructionSet) await useInstructionSet(instructionSet);
const { shape } = values.shape;
const training = await createTraining({ shape, backend, reference, dropout });
print({ ready: true, peer: "codex", shape, parameters: training.parameters, device: backend.device });

for await (const line of createInterface({ input: process.stdin })) {
  const steps = [];
  for (let i = 0; i < Number(line); i++) steps.push(await training.next());
  print({
    ms: steps.map((step) => step.ms),
    loss: steps.map((step) => step.loss),
    peakMemoryBytes: peakMemoryBytes(),
  });
}
await training.dispose();
await backend.dispose();
