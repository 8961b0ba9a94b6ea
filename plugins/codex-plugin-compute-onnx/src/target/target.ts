import type { Graph } from "../ir/graph.js";
import type { Node } from "../ir/value.js";

/** What compiling has to know of where a program will run. */
export interface Target {
  readonly device: "cpu" | "webgpu" | "cuda";
  /** Operators of the domain `codex` may be used: see native/README.md. */
  readonly native: boolean;
  /** State lies in host memory, where elementwise programs go over it slice by slice. */
  readonly slices: boolean;
  /** Gives operators that the device has no form for another form, after all other passes. */
  lower(graph: Graph): Graph;
  /** Whether an operator is left that the device has no form for: the runtime computes it on the processor. */
  runsOnHost(node: Node): boolean;
}

/** The domain of native operators in graphs. */
export const nativeDomain = "codex";

/** The processor has every operator; these are ONNX Runtime's own alone. */
export const cpuTarget: Target = {
  device: "cpu",
  native: false,
  slices: true,
  lower: (graph) => graph,
  runsOnHost: () => false,
};

/** ONNX Runtime decides alone what its CUDA provider takes. */
export const cudaTarget: Target = { ...cpuTarget, device: "cuda", slices: false };
