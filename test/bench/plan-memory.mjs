// Foretold memory against the peak of `codex train`, which saves a checkpoint at each of a few steps. A JSON line each.
//
//   node test/bench/plan-memory.mjs [--shapes S,M,L,dropout,long,vocabulary,checkpointed,…] [--steps 4] [--no-native]
//
// L takes 5 GB of memory and a minute.
//
// Linux only: the peak is VmHWM of the training process, read by itself when it ends.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.mjs";
import { shapes as benchmarks } from "./shapes.mjs";

const { values: flags } = parseArgs({
  options: {
    shapes: { type: "string", default: "S,M,L" },
    steps: { type: "string", default: "4" },
    native: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const shapes = {
  ...benchmarks,
  dropout: { ...benchmarks.M, dropout: 0.1 },
  checkpointed: { ...benchmarks.M, activationCheckpointing: true },
  "checkpointed-dropout": { ...benchmarks.M, dropout: 0.1, activationCheckpointing: true },
  "checkpointed-L": { ...benchmarks.L, activationCheckpointing: true },
  long: { layerCount: 8, headCount: 8, embedDim: 256, contextLength: 512, microBatch: 4, vocabSize: 65 },
  vocabulary: { layerCount: 1, headCount: 4, embedDim: 256, contextLength: 256, microBatch: 8, vocabSize: 50257 },
};
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Text that gives a vocabulary of the shape's size (its letters, and the one for unknown ones), or words for GPT-2's. */
function textFor({ vocabSize, contextLength, microBatch }) {
  const letters = Array.from({ length: vocabSize - 1 }, (_, index) => String.fromCharCode(33 + index));
  const words = vocabSize > 200 ? ["whale ", "ship ", "sea ", "captain ", "harpoon "] : letters;
  const length = 4 * contextLength * microBatch + 100 * words.length;
  return Array.from({ length }, (_, index) => words[(index * 7 + (index % 11)) % words.length]).join("");
}

function configFor({ vocabSize, microBatch, ...model }, folder) {
  return {
    run: { name: "plan-memory", outputDir: join(folder, "run"), cacheDir: join(folder, "cache") },
    data: { type: "text", paths: [join(folder, "book.txt")] },
    tokenizer: vocabSize > 200 ? { type: "tiktoken", encoding: "gpt2" } : { type: "char" },
    model: { type: "gpt", ...model },
    schedule: { type: "cosine", warmupSteps: 1 },
    optimizer: { type: "adamw" },
    objective: { type: "next-token" },
    trainer: { type: "lm", microBatch, maxSteps: Number(flags.steps), evalBatches: 1 },
    checkpoint: { type: "local", every: 1, keepLast: 1, keepBest: 0 },
    compute: { type: "onnx", native: flags.native },
    tracker: {},
  };
}

function measure(shape) {
  const folder = mkdtempSync(join(tmpdir(), "codex-plan-memory-"));
  const peakFile = join(folder, "peak");
  const atExit = join(folder, "at-exit.mjs");
  try {
    writeFileSync(join(folder, "book.txt"), textFor(shape));
    writeFileSync(join(folder, "shape.yaml"), JSON.stringify(configFor(shape, folder)));
    writeFileSync(
      atExit,
      `import { readFileSync, writeFileSync } from "node:fs";
       import { isMainThread } from "node:worker_threads";
       const peak = () => /^VmHWM:\\s+(\\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
       if (isMainThread) process.once("exit", () => writeFileSync(${JSON.stringify(peakFile)}, peak()));`,
    );
    const codex = (command, ...args) =>
      execFileSync(
        process.execPath,
        ["--import", pathToFileURL(atExit).href, join(root, "core/kernel/bin/codex.js"), command, ...args],
        { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
      );
    const config = ["--config", join(folder, "shape.yaml")];
    const { memoryBytes: foretoldBytes, vocabSize } = JSON.parse(codex("plan", ...config, "--json"));
    if (vocabSize !== shape.vocabSize) throw new Error(`The vocabulary has ${vocabSize}, not ${shape.vocabSize}.`);
    codex("train", ...config, "--quiet");
    const peakBytes = Number(readFileSync(peakFile, "utf8")) * 1024;
    return { foretoldBytes, peakBytes, ratio: Number((foretoldBytes / peakBytes).toFixed(3)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const machine = describeMachine();
for (const name of flags.shapes.split(",")) {
  const shape = shapes[name];
  if (!shape) throw new Error(`There is no shape ${name}; there are ${Object.keys(shapes).join(", ")}.`);
  console.log(
    JSON.stringify({ shape: name, native: flags.native, ...measure(shape), steps: Number(flags.steps), machine }),
  );
}
