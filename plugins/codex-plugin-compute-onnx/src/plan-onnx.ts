import type { Tensor } from "@tensorflow/tfjs-core";
import type { ComputeFacts, Program } from "codex-core";
import { compileGraph } from "./compile-graph.js";
import type { ComputeOnnxOptions } from "./options.js";

/** Resident bytes of a training process with the runtime loaded and nothing computed, measured (docs/plan.md). */
const processBytes = 197e6;

/**
 * Peak of a microStep's memory over what the forward pass keeps, measured (docs/plan.md): gradients of activations,
 * and what the runtime's arena loses between blocks of other sizes.
 */
const activationPeak = 1.38;

/** What a run on this backend needs beside what its model says. Touches no device. */
export function planOnnx({ dtype, memoryLimitBytes, native }: ComputeOnnxOptions): ComputeFacts {
  return {
    device: "cpu",
    dtype,
    dtypes: ["float32"],
    processBytes,
    activationPeak,
    graphOf: (program) => {
      const graph = compileGraph(program as Program<Tensor>).describe();
      // Whether native operators are there is known when the library was looked for, which may build it.
      const note = native ? "stock operators; native ones take the place of some\n" : "";
      return { program: program.name, ...graph, text: note + graph.text };
    },
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}
