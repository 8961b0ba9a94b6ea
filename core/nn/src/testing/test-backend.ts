import type { Tensor } from "@tensorflow/tfjs-core";

/** Values by name. */
export type NamedValues<Value> = { readonly [name: string]: Value };

/** Host values of a tensor. */
export type HostArray = Float32Array | Int32Array;

/** Shape and element type of a tensor. */
export interface HostSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** A tensor in host memory. */
export interface HostTensor extends HostSpec {
  readonly data: HostArray;
}

/** A computation over resident state and inputs. */
export interface TestProgram {
  readonly name: string;
  readonly state: NamedValues<HostSpec>;
  readonly inputs: NamedValues<HostSpec>;
  body(
    state: NamedValues<Tensor>,
    inputs: NamedValues<Tensor>,
  ): { readonly state?: NamedValues<Tensor>; readonly outputs: NamedValues<Tensor> };
}

/** A program that is ready to run. */
export interface TestCompiledProgram {
  run(inputs: NamedValues<HostArray>, signal?: AbortSignal): Promise<NamedValues<HostArray>>;
  dispose(): Promise<void>;
}

/** What the suites need of a compute backend; codex-core's `ComputeBackend<Tensor>` is one. */
export interface TestBackend {
  compile(program: TestProgram): Promise<TestCompiledProgram>;
  readState(names: readonly string[], into?: NamedValues<HostTensor>): Promise<NamedValues<HostTensor>>;
  writeState(values: NamedValues<HostTensor>): Promise<void>;
  releaseState(names: readonly string[]): Promise<void>;
  dispose(): Promise<void>;
}

/** Makes a backend for a suite. */
export type CreateTestBackend = () => Promise<TestBackend>;

/** Compiles a stateless program, runs it once on these inputs and disposes it. */
export async function runOnce(
  backend: TestBackend,
  inputs: NamedValues<HostTensor>,
  body: (inputs: NamedValues<Tensor>) => NamedValues<Tensor>,
): Promise<NamedValues<HostArray>> {
  const program = await backend.compile({
    name: "once",
    state: {},
    inputs,
    body: (_, tensors) => ({ outputs: body(tensors) }),
  });
  try {
    return await program.run(Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data])));
  } finally {
    await program.dispose();
  }
}
