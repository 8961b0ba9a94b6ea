import type { Graph } from "../ir/graph.js";
import type { Node } from "../ir/value.js";

/** What compiling has to know of the device that a program will run on. */
export interface Target {
  readonly device: "cpu" | "webgpu" | "cuda";
  /** State lies in host memory, where elementwise programs go over it slice by slice. */
  readonly slices: boolean;
  /** Gives operators that the device has no form for another form, after all other passes. */
  lower(graph: Graph): Graph;
  /** Whether an operator is left that the device has no form for: the runtime computes it on the processor. */
  runsOnHost(node: Node): boolean;
}

/** The processor has every operator. */
export const cpuTarget: Target = {
  device: "cpu",
  slices: true,
  lower: (graph) => graph,
  runsOnHost: () => false,
};

/** ONNX Runtime decides alone what its CUDA provider takes. */
export const cudaTarget: Target = { ...cpuTarget, device: "cuda", slices: false };
