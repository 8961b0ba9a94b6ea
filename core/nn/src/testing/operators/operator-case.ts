import { grads, mul, sum, type Tensor } from "@tensorflow/tfjs-core";
import { assertClose, type Tolerance } from "../assert-close.js";
import { finiteDifferences, probedElements } from "../finite-differences.js";
import { randomFloats } from "../host-tensors.js";
import type { Array64, Arrays64 } from "../reference/array64.js";
import { type HostTensor, type NamedValues, runOnce, type TestBackend } from "../test-backend.js";

/** One call of an operator, with the float64 function that it has to equal. */
export interface OperatorCase {
  /** Operator and sizes, for the test's title. */
  readonly title: string;
  /** Float32 inputs that have a gradient. */
  readonly inputs: NamedValues<HostTensor>;
  /** Inputs without a gradient: ids, masks. */
  readonly constants?: NamedValues<HostTensor>;
  /** The operator. */
  apply(inputs: NamedValues<Tensor>): Tensor;
  /** The same in float64. */
  reference(inputs: Arrays64): Array64;
  /** Instead of the suite's tolerances. */
  readonly tolerance?: { readonly value?: Tolerance; readonly gradient?: Tolerance };
  /** Step of the finite differences, for inputs of another scale than 1. */
  readonly step?: number;
}

/** Values: float32 rounding of sums of a few hundred terms. */
export const valueTolerance: Tolerance = { relative: 1e-6, ofLargest: 1e-6 };

/** Gradients: the same, through the operator and back. */
const gradientTolerance: Tolerance = { relative: 3e-6, ofLargest: 3e-6 };

/** Runs a case: its value against the reference, its gradients against finite differences of the reference. */
export async function checkOperator(backend: TestBackend, operator: OperatorCase): Promise<void> {
  const { inputs, constants = {}, title } = operator;
  const exact: Arrays64 = Object.fromEntries(
    Object.entries({ ...inputs, ...constants }).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data) },
    ]),
  );
  const expected = operator.reference(exact);
  const weights = randomFloats(expected.shape, 97);
  const names = Object.keys(inputs);
  const outputs = await runOnce(backend, { ...inputs, ...constants, weights }, (tensors) => {
    const weighted = (...values: Tensor[]) => {
      const replaced = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
      return sum(mul(operator.apply({ ...tensors, ...replaced }), tensors.weights!));
    };
    const gradients = grads(weighted)(names.map((name) => tensors[name]!));
    return {
      value: operator.apply(tensors),
      ...Object.fromEntries(names.map((name, index) => [`gradient/${name}`, gradients[index]!])),
    };
  });
  assertClose(outputs.value!, expected.data, operator.tolerance?.value ?? valueTolerance, `${title}: value`);
  for (const name of names) {
    const gradient = outputs[`gradient/${name}`]!;
    const elements = probedElements(gradient.length);
    assertClose(
      elements.map((element) => gradient[element]!),
      finiteDifferences(operator.reference, exact, name, weights.data, elements, operator.step),
      operator.tolerance?.gradient ?? gradientTolerance,
      `${title}: gradient of ${name}`,
    );
  }
}
