import type { Tensor } from "@tensorflow/tfjs-core";
import type { ComputeFacts, Program } from "codex-core";
import { compileGraph } from "./compile-graph.js";
import type { ComputeOnnxOptions } from "./options.js";
import { cpuTarget, cudaTarget } from "./target/target.js";
import { webgpuTarget } from "./target/webgpu-target.js";

/** What a plan is made for; `auto` is known when a device is looked for. */
const targets = { auto: cpuTarget, cpu: cpuTarget, webgpu: webgpuTarget, cuda: cudaTarget };

/** Resident bytes of a training process with the runtime loaded and nothing computed, measured (docs/plan.md). */
const processBytes = 197e6;

/**
 * Peak of a microStep's memory over what the forward pass keeps, measured (docs/plan.md): gradients of activations,
 * and what the runtime's arena loses between blocks of other sizes.
 */
const activationPeak = 1.38;

/** What a run on this backend needs beside what its model says. Touches no device. */
export function planOnnx({ device, dtype, memoryLimitBytes, native }: ComputeOnnxOptions): ComputeFacts {
  const target = targets[device];
  return {
    device: target.device,
    dtype,
    dtypes: ["float32"],
    processBytes,
    activationPeak,
    graphOf: (program) => {
      const graph = compileGraph(program as Program<Tensor>, target).describe();
      // Whether native operators are there is known when the library was looked for, which may build it.
      const note = native && target.device === "cpu" ? "stock operators; native ones take the place of some\n" : "";
      return { program: program.name, ...graph, text: note + graph.text };
    },
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}
