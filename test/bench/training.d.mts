import type { Tensor } from "@tensorflow/tfjs-core";
import type { ComputeBackend } from "codex-core";

export interface TrainingSettings {
  readonly shape: { readonly [size: string]: number };
  readonly backend: ComputeBackend<Tensor>;
  readonly reference?: string;
  readonly dropout?: number;
}

export interface Training {
  readonly parameters: number;
  next(): Promise<{ readonly ms: number; readonly loss: number; readonly gradNorm: number }>;
  dispose(): Promise<void>;
}

export function createTraining(settings: TrainingSettings): Promise<Training>;
