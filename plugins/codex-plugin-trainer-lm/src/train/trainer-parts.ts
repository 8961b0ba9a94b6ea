import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  BatchSource,
  CheckpointStore,
  ComputeBackend,
  ModelLoader,
  Objective,
  Optimizer,
  SafetyGate,
  Schedule,
  Tokenizer,
} from "codex-core";

/** Whom a trainer works with. */
export interface TrainerParts {
  readonly data: BatchSource;
  readonly tokenizer: Tokenizer;
  readonly model: ModelLoader<Tensor>;
  readonly objective: Objective<Tensor>;
  readonly optimizer: Optimizer<Tensor>;
  readonly schedule: Schedule;
  readonly compute: ComputeBackend<Tensor>;
  readonly checkpoint: Pick<CheckpointStore, "every" | "save">;
  readonly safety: SafetyGate;
}
