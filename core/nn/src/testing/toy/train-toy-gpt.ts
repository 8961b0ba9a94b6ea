import { add, mul, sum, type Tensor, valueAndGrads } from "@tensorflow/tfjs-core";
import { squaredSum } from "../../operators/squared-sum.js";
import { createAdamW } from "../../optimizers/adamw.js";
import { clipScale } from "../../optimizers/clip-scale.js";
import type { HostArray, HostSpec, NamedValues, TestBackend, TestProgram } from "../test-backend.js";
import { toyLearningRate, toyMicroBatch, toyTraining } from "./toy-data.js";
import { toyLossSum, toyParameters, toyShapes } from "./toy-gpt.js";

const names = Object.keys(toyShapes);
const slots = ["exp_avg", "exp_avg_sq"];
const optimizer = createAdamW({ betas: toyTraining.betas, weightDecay: toyTraining.weightDecay });

/** Specifications of the parameters under a prefix. */
const specs = (prefix: string): NamedValues<HostSpec> =>
  Object.fromEntries(
    names.map((name) => [`${prefix}/${name}`, { shape: toyShapes[name]!, dtype: "float32" as const }]),
  );

const scalar: HostSpec = { shape: [], dtype: "float32" };

/** Gradients of one microBatch, put in the place of the old ones or added to them. */
function gradientsProgram(accumulate: boolean): TestProgram {
  const inputs = Object.fromEntries(
    Object.entries(toyMicroBatch(0, 0)).map(([name, { shape, dtype }]) => [name, { shape, dtype }]),
  );
  return {
    name: accumulate ? "accumulate" : "gradients",
    state: { ...specs("parameter"), ...specs("gradient") },
    inputs,
    body(state, tensors) {
      const loss = (...values: Tensor[]) =>
        toyLossSum(Object.fromEntries(names.map((name, index) => [name, values[index]!])), tensors);
      const { value, grads } = valueAndGrads(loss)(names.map((name) => state[`parameter/${name}`]!));
      const gradients = names.map((name, index) =>
        accumulate ? add(state[`gradient/${name}`]!, grads[index]!) : grads[index]!,
      );
      const squares = gradients.map((gradient) => squaredSum(gradient) as Tensor).reduce((a, b) => add(a, b));
      return {
        state: Object.fromEntries(names.map((name, index) => [`gradient/${name}`, gradients[index]!])),
        outputs: { lossSum: value, weightSum: sum(tensors.lossMask!), squares },
      };
    },
  };
}

/** One AdamW update of all parameters. */
function updateProgram(): TestProgram {
  const scalars = Object.keys(optimizer.scalars(0, 0));
  return {
    name: "update",
    state: { ...specs("parameter"), ...specs("gradient"), ...specs("exp_avg"), ...specs("exp_avg_sq") },
    inputs: Object.fromEntries(["gradientScale", ...scalars].map((name) => [name, scalar])),
    body(state, inputs) {
      const changed: Record<string, Tensor> = {};
      for (const name of names) {
        const current = {
          parameter: state[`parameter/${name}`]!,
          slots: Object.fromEntries(slots.map((slot) => [slot, state[`${slot}/${name}`]!])),
        };
        const gradient = mul(state[`gradient/${name}`]!, inputs.gradientScale!);
        const next = optimizer.update(name, current, gradient, inputs);
        changed[`parameter/${name}`] = next.parameter;
        for (const slot of slots) changed[`${slot}/${name}`] = next.slots[slot]!;
      }
      return { state: changed, outputs: {} };
    },
  };
}

/** Trains the toy as a trainer would, with state resident on the backend. Returns the loss of every step. */
export async function trainToyGpt(backend: TestBackend): Promise<readonly number[]> {
  const fresh = await backend.compile(gradientsProgram(false));
  const accumulate = await backend.compile(gradientsProgram(true));
  const update = await backend.compile(updateProgram());
  const parameters = Object.entries(toyParameters());
  await backend.writeState(Object.fromEntries(parameters.map(([name, value]) => [`parameter/${name}`, value])));
  const losses: number[] = [];
  for (let step = 0; step < toyTraining.steps; step += 1) {
    const sums = { loss: 0, weight: 0, squares: 0 };
    for (let microStep = 0; microStep < toyTraining.gradAccumSteps; microStep += 1) {
      const batch = Object.entries(toyMicroBatch(step, microStep)).map(([name, { data }]) => [name, data]);
      const outputs = await (microStep === 0 ? fresh : accumulate).run(Object.fromEntries(batch));
      sums.loss += outputs.lossSum![0]!;
      sums.weight += outputs.weightSum![0]!;
      sums.squares = outputs.squares![0]!;
    }
    const gradNorm = Math.sqrt(sums.squares) / sums.weight;
    const scalars = {
      ...optimizer.scalars(step, toyLearningRate(step)),
      gradientScale: clipScale(gradNorm, toyTraining.clipNorm) / sums.weight,
    };
    const inputs: Record<string, HostArray> = {};
    for (const [name, value] of Object.entries(scalars)) inputs[name] = Float32Array.of(value);
    await update.run(inputs);
    losses.push(sums.loss / sums.weight);
  }
  for (const program of [fresh, accumulate, update]) await program.dispose();
  return losses;
}
