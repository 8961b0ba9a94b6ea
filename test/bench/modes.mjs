import { countFlag, describeFlags, oneOf, positiveFlag, shareFlag, someOf, textFlag } from "./flags.mjs";
import { instructionSetFlag } from "./instruction-set.mjs";
import { computeNames } from "./open-backend.mjs";
import { computeFlags, pythonFlag, roundsFlag, shapeFlag, shapesFlag } from "./shared-flags.mjs";

const withPyTorch = ["torch"];

/** What `npm run bench` can do: what each mode says of itself, its flags, what its peers' Python holds, its file. */
export const modes = {
  train: {
    says: "Training steps against PyTorch: speed, losses of 20 steps, memory.",
    flags: {
      shapes: shapesFlag("S,M,L"),
      peers: someOf(["eager", "compile"], "PyTorch as it is, and by torch.compile.", ["eager"]),
      python: pythonFlag,
      rounds: roundsFlag(5),
      seconds: positiveFlag("Seconds of a turn, about; two steps at least.", 4),
      dropout: shareFlag("Share of values dropped, by all.", 0),
      "instruction-set": instructionSetFlag,
      ...computeFlags,
    },
    packages: withPyTorch,
    load: () => import("./modes/train.mjs"),
  },
  memory: {
    says: "Peak memory of training, in fresh processes, against PyTorch.",
    flags: {
      shapes: shapesFlag("S,M,L"),
      python: pythonFlag,
      rounds: roundsFlag(3),
      steps: countFlag("Steps of a process.", 5),
      dropout: shareFlag("Share of values dropped, by both.", 0),
      ...computeFlags,
    },
    packages: withPyTorch,
    load: () => import("./modes/memory.mjs"),
  },
  startup: {
    says: "From the start of a process to the end of its first step, against PyTorch.",
    flags: { shapes: shapesFlag("S"), python: pythonFlag, rounds: roundsFlag(7), ...computeFlags },
    packages: withPyTorch,
    load: () => import("./modes/startup.mjs"),
  },
  tokenize: {
    says: "Tokenizers on one thread, against tiktoken, Hugging Face tokenizers and plain Python.",
    flags: {
      tokenizers: someOf(["gpt2", "char"], "Tokenizers, in turn."),
      text: textFlag("FILE", "Text to encode. Default: the chapters of Moby-Dick."),
      python: pythonFlag,
      rounds: roundsFlag(5),
      seconds: positiveFlag("Seconds of a turn, about; one pass at least.", 2),
    },
    packages: ["tiktoken", "tokenizers"],
    load: () => import("./modes/tokenize.mjs"),
  },
  trackers: {
    says: "CPU time of trackers per step, and the event loop's delay, beside a trainer that computes nothing.",
    flags: {
      trackers: someOf(["files", "mlflow", "wandb", "tensorboard", "prometheus"], "Trackers, together."),
      stepMs: positiveFlag("Milliseconds of a step; what shape S takes on the machine.", 33),
      seconds: positiveFlag("Seconds of a turn, after 95 in which trackers come to their pace.", 30),
      rounds: roundsFlag(3),
    },
    load: () => import("./modes/trackers.mjs"),
  },
  "event-loop": {
    says: "How long the event loop waits while training.",
    flags: {
      shapes: shapesFlag("S,M,L"),
      seconds: positiveFlag("Seconds of a shape, about; two steps at least.", 4),
      ...computeFlags,
    },
    load: () => import("./modes/event-loop.mjs"),
  },
  scaling: {
    says: "Depth, width and context doubled one at a time: how far FLOP/s fall.",
    flags: {
      shape: shapeFlag("base"),
      axes: someOf(["depth", "width", "context"], "What is doubled."),
      doublings: countFlag("How often.", 2),
      rounds: roundsFlag(5),
      seconds: positiveFlag("Seconds of a turn, about; two steps at least.", 4),
      ...computeFlags,
    },
    load: () => import("./modes/scaling.mjs"),
  },
  roofline: {
    says: "What each operator of a training step reaches beside what the machine can do.",
    flags: {
      shape: shapeFlag("S"),
      python: pythonFlag,
      steps: countFlag("Steps that are measured.", 5),
      rounds: roundsFlag(5),
      "instruction-set": instructionSetFlag,
      ...computeFlags,
      compute: oneOf(["onnx"], "Backend of Codex; only ONNX Runtime tells its operators' times."),
    },
    packages: withPyTorch,
    load: () => import("./modes/roofline.mjs"),
  },
  generate: {
    says: "Text of GPT-2 124M, one prompt at a time, against transformers.",
    flags: {
      python: pythonFlag,
      rounds: roundsFlag(5),
      tokens: countFlag("Tokens that a turn writes.", 128),
      "prompt-tokens": countFlag("Tokens of the prompt.", 32),
      drafts: countFlag("Tokens that Codex guesses ahead, at the most; it writes without guesses too.", 4),
      threads: countFlag("Threads of both. Default: their own."),
      compute: oneOf(computeNames, "Backend of Codex."),
    },
    packages: ["torch", "transformers", "safetensors"],
    load: () => import("./modes/generate.mjs"),
  },
  cli: {
    says: "`codex --help`, the whole process.",
    flags: { rounds: roundsFlag(10) },
    load: () => import("./modes/cli.mjs"),
  },
};

/** How the benchmarks are used, all of them or one. */
export function usage(name) {
  if (name)
    return `Usage: npm run bench -- ${name} [FLAGS]\n\n${modes[name].says}\n${describeFlags(modes[name].flags)}`;
  const width = Math.max(...Object.keys(modes).map((mode) => mode.length));
  const lines = Object.entries(modes).map(([mode, { says }]) => `  ${mode.padEnd(width)}  ${says}`);
  return `Usage: npm run bench -- MODE [FLAGS]\n\n${lines.join("\n")}\n\nnpm run bench -- MODE --help lists a mode's flags.`;
}
