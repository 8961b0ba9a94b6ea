import {
  findBackend,
  getKernel,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import type { NodeBackend } from "../node-binding.js";
import { Constants } from "./constants.js";
import { Operations } from "./operations.js";
import type { Value } from "./value.js";

/** A kernel's outputs in order, from its inputs by name. Inputs that the call leaves out are undefined. */
export type KernelBody<Inputs, Attrs> = (operations: Operations, inputs: Inputs, attrs: Attrs) => readonly Value[];

/** Registers kernels that are made of TensorFlow's own operations. */
export class KernelInstaller {
  readonly #constants: Constants;
  readonly #backend: NodeBackend;

  constructor(private readonly backendName: string) {
    this.#backend = findBackend(backendName) as NodeBackend;
    this.#constants = new Constants(this.#backend.binding);
  }

  /** Registers a kernel, in the place of the one that is there, if there is one. */
  install<Inputs, Attrs = Record<never, never>>(kernelName: string, body: KernelBody<Inputs, Attrs>): void {
    this.replace(kernelName, ({ inputs, attrs }) => {
      const outputs = this.run(inputs as Record<string, TensorInfo>, (operations, values) =>
        body(operations, values as Inputs, attrs as Attrs).map((value) => operations.output(value)),
      );
      return outputs.length === 1 ? outputs[0]! : outputs;
    });
  }

  replace(kernelName: string, kernelFunc: KernelFunc): void {
    const { backendName } = this;
    if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
    registerKernel({ kernelName, backendName, kernelFunc });
  }

  /** Runs operations over a kernel's inputs and frees what they made beside their outputs. */
  run<Result>(
    inputs: Record<string, TensorInfo | undefined>,
    body: (operations: Operations, values: Record<string, Value | undefined>) => Result,
  ): Result {
    const operations = new Operations(this.#backend, this.#constants);
    const values: Record<string, Value | undefined> = {};
    for (const [name, info] of Object.entries(inputs)) values[name] = info && operations.input(info);
    try {
      return body(operations, values);
    } finally {
      operations.end();
    }
  }
}
