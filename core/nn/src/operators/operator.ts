import {
  engine,
  type GradConfig,
  getKernel,
  type KernelFunc,
  registerGradient,
  registerKernel,
  type Tensor,
  tidy,
} from "@tensorflow/tfjs-core";
import "../gradients.js";

/** Tensors by name, as kernels take them. */
export type OperatorInputs = Record<string, Tensor>;

/** Attributes by name, as kernels take them. */
export type OperatorAttrs = Record<string, number | boolean | number[]>;

/** A kernel of our own, beside the form that any backend can run. */
export interface OperatorDefinition<Inputs, Attrs> {
  /** The tfjs kernel name, under which a backend registers its own form: `CodexLinear` … */
  readonly kernelName: string;
  /** Outputs in order, made of tfjs-core operators. Runs in a tidy of its own. */
  compose(inputs: Inputs, attrs: Attrs): Tensor[];
  /**
   * Gradient, for operators with one output. Operators that save further outputs use `customGrad` in their function:
   * tfjs would make tensors of zeros for the gradients of outputs that nothing depends on.
   */
  readonly gradient?: Omit<GradConfig, "kernelName">;
}

/** An operator that can be run on the current tfjs backend. */
export interface Operator<Inputs, Attrs> extends OperatorDefinition<Inputs, Attrs> {
  /** Runs the current backend's kernel. Inputs that are undefined are left out. */
  run(inputs: Inputs, attrs: Attrs): Tensor[];
}

type AnyOperator = Operator<never, never>;

const registered = new Map<string, AnyOperator>();

/**
 * Defines an operator: registers its gradient, and lets `installOperators` give its composed form to backends.
 */
export function defineOperator<Inputs, Attrs>(definition: OperatorDefinition<Inputs, Attrs>): Operator<Inputs, Attrs> {
  const { kernelName, gradient } = definition;
  if (gradient) registerGradient({ kernelName, ...gradient });
  const operator: Operator<Inputs, Attrs> = {
    ...definition,
    run(inputs, attrs) {
      const present = Object.entries(inputs as OperatorInputs).filter(([, tensor]) => tensor !== undefined);
      const result = engine().runKernel(kernelName, Object.fromEntries(present), attrs as OperatorAttrs);
      return (Array.isArray(result) ? result : [result]) as Tensor[];
    },
  };
  registered.set(kernelName, operator as unknown as AnyOperator);
  return operator;
}

/** Kernel names of all operators, in the order of their definition. */
export function operatorNames(): readonly string[] {
  return [...registered.keys()];
}

/** The composed form of an operator as a tfjs kernel, for backends that have a form of their own for some calls only. */
export function composedKernel(kernelName: string): KernelFunc {
  const operator = registered.get(kernelName);
  if (!operator) throw new TypeError(`There is no operator ${kernelName}.`);
  return ({ inputs, attrs }) => {
    const outputs = tidy(() => operator.compose(inputs as never, attrs as never));
    return outputs.length === 1 ? outputs[0]! : outputs;
  };
}

/**
 * Registers the composed form of every operator that the backend has no kernel of its own for. Register own kernels
 * first. May be called again.
 *
 * @returns the kernel names that got the composed form.
 */
export function installOperators(backendName: string): readonly string[] {
  const missing = [...registered.values()].filter(({ kernelName }) => !getKernel(kernelName, backendName));
  for (const { kernelName } of missing) {
    registerKernel({ kernelName, backendName, kernelFunc: composedKernel(kernelName) });
  }
  return missing.map(({ kernelName }) => kernelName);
}
