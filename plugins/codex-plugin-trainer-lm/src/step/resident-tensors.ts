import type { Tensor } from "@tensorflow/tfjs-core";
import type {
  CausalLanguageModel,
  ComputeBackend,
  LoadedCheckpoint,
  Named,
  Optimizer,
  TensorData,
  TensorSpecs,
} from "codex-core";
import { trainerErrors } from "../errors.js";
import { stateNames } from "./state-names.js";

type Backend = ComputeBackend<Tensor>;
type Model = CausalLanguageModel<Tensor>;

/** Name of an optimizer tensor in a checkpoint. */
export const savedName = (slot: string, parameter: string) => `${slot}.${parameter}`;

/** Fills the resident parameters with the model's initial values, one at a time. */
export async function initializeParameters(backend: Backend, model: Model, seed: number): Promise<void> {
  for (const [name, data] of model.initialize(seed)) {
    const shape = model.parameters[name]?.shape ?? [data.length];
    await backend.writeState({ [stateNames.parameter(name)]: { shape, dtype: "float32", data } });
  }
}

/** Fills the resident parameters from a checkpoint. @throws CODEX_TRAIN_MODEL_MISMATCH */
export async function loadParameters(backend: Backend, model: Model, checkpoint: LoadedCheckpoint): Promise<void> {
  checkTensors(checkpoint.model, model.parameters, checkpoint.path, "model.safetensors");
  for (const name of Object.keys(model.parameters)) {
    await backend.writeState({ [stateNames.parameter(name)]: checkpoint.model[name] as TensorData });
  }
}

/** Fills the resident optimizer state from a checkpoint. @throws CODEX_TRAIN_MODEL_MISMATCH */
export async function loadOptimizerState(
  backend: Backend,
  model: Model,
  optimizer: Optimizer<Tensor>,
  checkpoint: LoadedCheckpoint,
): Promise<void> {
  const slots = slotsOf(model, optimizer);
  const specs = Object.fromEntries(slots.map(({ slot, parameter, spec }) => [savedName(slot, parameter), spec]));
  checkTensors(checkpoint.optimizer, specs, checkpoint.path, "optimizer.safetensors");
  for (const { slot, parameter } of slots) {
    const tensor = checkpoint.optimizer[savedName(slot, parameter)] as TensorData;
    await backend.writeState({ [stateNames.optimizer(slot, parameter)]: tensor });
  }
}

/** Copies of the resident parameters, by name. */
export async function readParameters(backend: Backend, model: Model): Promise<Named<TensorData>> {
  const names = Object.keys(model.parameters);
  const state = await backend.readState(names.map(stateNames.parameter));
  return Object.fromEntries(names.map((name) => [name, state[stateNames.parameter(name)] as TensorData]));
}

/** Every tensor of an optimizer's state: its slot and the parameter that it belongs to. */
export function slotsOf(model: Model, optimizer: Optimizer<Tensor>) {
  return Object.entries(model.parameters).flatMap(([parameter, parameterSpec]) =>
    Object.entries(optimizer.slots(parameterSpec)).map(([slot, spec]) => ({ slot, parameter, spec })),
  );
}

function checkTensors(found: Named<TensorData>, expected: TensorSpecs, path: string, file: string): void {
  for (const [name, spec] of Object.entries(expected)) {
    const tensor = Object.hasOwn(found, name) ? found[name] : undefined;
    const shown = `[${spec.shape.join(", ")}]`;
    if (tensor && tensor.dtype === spec.dtype && String(tensor.shape) === String(spec.shape)) continue;
    const problem = tensor ? `is ${tensor.dtype} [${tensor.shape.join(", ")}]` : "is missing";
    throw trainerErrors.CODEX_TRAIN_MODEL_MISMATCH({
      what: `${name} ${problem} in the checkpoint; it has to be ${spec.dtype} ${shown}.`,
      where: `${path} → ${file}`,
    });
  }
  const surplus = Object.keys(found).find((name) => !Object.hasOwn(expected, name));
  if (surplus === undefined) return;
  throw trainerErrors.CODEX_TRAIN_MODEL_MISMATCH({
    what: `The checkpoint has the tensor ${surplus}, which is not part of what the config describes.`,
    where: `${path} → ${file}`,
  });
}
