import type { Tensor } from "@tensorflow/tfjs-core";
import type { ComputeFacts, PlanContext, Program } from "codex-core";
import { compileGraph } from "./compile-graph.js";
import { defaultCompiler, findLibrary, packageFolder } from "./native/find-library.js";
import type { ComputeOnnxOptions } from "./options.js";
import { chunkCount } from "./passes/fuse-head.js";
import { cpuTarget, cudaTarget, type Target } from "./target/target.js";
import { webgpuTarget } from "./target/webgpu-target.js";

/** What a plan is made for; `auto` is known when a device is looked for. */
const targets = { auto: cpuTarget, cpu: cpuTarget, webgpu: webgpuTarget, cuda: cudaTarget };

/** Resident bytes of a training process with the runtime loaded and nothing computed, measured (docs/plan.md). */
const processBytes = 235e6;

/**
 * Peak of a microStep's memory over what the forward pass keeps, measured (docs/plan.md): gradients of activations,
 * and what the runtime's arena loses between blocks of other sizes.
 */
const activationPeak = { stock: 1.33, native: 1.2 };

/** ONNX Runtime turns logits into probabilities and gradient in place, in training and in evaluations. */
const stockHeadBytes = (logitsBytes: number) => logitsBytes;

/**
 * What native operators hold of logits: training one copy, which becomes probabilities and gradient in place and whose
 * memory an evaluation takes for its own, or a chunk where that were too much, and then an evaluation one copy besides.
 */
function nativeHeadBytes(logitsBytes: number): number {
  const chunks = chunkCount(logitsBytes);
  return logitsBytes + (chunks > 1 ? logitsBytes / chunks : 0);
}

const stockNeeds = { activationPeak: activationPeak.stock, headBytes: stockHeadBytes, gradientsOnTheirWay: 2 };

const nativeNeeds = {
  activationPeak: activationPeak.native,
  isFused: true,
  headBytes: nativeHeadBytes,
  gradientsOnTheirWay: 1,
};

/** A plan of this backend, with native operators where their library lies there already. Builds none. */
export async function planOnnx(
  options: ComputeOnnxOptions,
  { folders }: Pick<PlanContext, "folders">,
): Promise<ComputeFacts> {
  return onnxFacts(options, await willBeNative(options, folders.cache));
}

async function willBeNative({ native, device, runtime }: ComputeOnnxOptions, cacheFolder: string): Promise<boolean> {
  if (!native || runtime === "binding" || targets[device].device !== "cpu") return false;
  const places = { packageFolder, cacheFolder, compiler: defaultCompiler(), onlyExisting: true };
  return "path" in (await findLibrary(places));
}

/** What a run on this backend needs beside what its model says. Touches no device. */
export function onnxFacts(options: ComputeOnnxOptions, isNative: boolean): ComputeFacts {
  const { device, dtype, threads, memoryLimitBytes } = options;
  const target: Target = { ...targets[device], native: isNative };
  return {
    device: target.device,
    dtype,
    dtypes: ["float32"],
    ...(threads === undefined || target.device !== "cpu" ? {} : { threads }),
    processBytes,
    ...(isNative ? nativeNeeds : stockNeeds),
    graphOf: (program) => {
      const graph = compileGraph(program as Program<Tensor>, target).describe();
      return { program: program.name, ...graph };
    },
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}
