import type { Tensor } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, ComputeBackend, Named, Optimizer, TensorData, TensorSpec } from "codex-core";
import { savedName, slotsOf } from "./resident-tensors.js";
import { stateNames } from "./state-names.js";

/** One tensor of a checkpoint: where it stands in the backend, and what it is called in a file. */
interface CopiedTensor {
  readonly resident: string;
  readonly saved: string;
  readonly spec: TensorSpec;
}

/** Parameters and optimizer state as they were at one moment, by their names in checkpoints. */
export interface CopiedState {
  readonly model: Named<TensorData>;
  readonly optimizer: Named<TensorData>;
}

/**
 * A copy of what training changes, in shared memory that is made once and written anew for each checkpoint, so that a
 * thread can save it while training goes on.
 */
export class StateCopy {
  private readonly parameters: readonly CopiedTensor[];
  private readonly optimizer: readonly CopiedTensor[];
  private arrays: Named<TensorData> | undefined;

  constructor(
    private readonly backend: ComputeBackend<Tensor>,
    model: CausalLanguageModel<Tensor>,
    optimizer: Optimizer<Tensor>,
  ) {
    this.parameters = Object.entries(model.parameters).map(([name, spec]) => ({
      resident: stateNames.parameter(name),
      saved: name,
      spec,
    }));
    this.optimizer = slotsOf(model, optimizer).map(({ slot, parameter, spec }) => ({
      resident: stateNames.optimizer(slot, parameter),
      saved: savedName(slot, parameter),
      spec,
    }));
  }

  /** Copies the state as it is now. What an earlier call gave holds the new values afterwards. */
  async take(): Promise<CopiedState> {
    const all = [...this.parameters, ...this.optimizer];
    this.arrays ??= Object.fromEntries(all.map(({ resident, spec }) => [resident, sharedTensor(spec)]));
    const state = await this.backend.readState(Object.keys(this.arrays), this.arrays);
    const named = (tensors: readonly CopiedTensor[]) =>
      Object.fromEntries(tensors.map(({ resident, saved }) => [saved, state[resident] as TensorData]));
    return { model: named(this.parameters), optimizer: named(this.optimizer) };
  }
}

function sharedTensor({ shape, dtype }: TensorSpec): TensorData {
  const length = shape.reduce((product, size) => product * size, 1);
  const memory = new SharedArrayBuffer(length * 4);
  return { shape, dtype, data: dtype === "float32" ? new Float32Array(memory) : new Int32Array(memory) };
}
