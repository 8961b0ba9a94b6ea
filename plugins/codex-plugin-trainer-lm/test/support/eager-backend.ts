import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { CompiledProgram, ComputeBackend, DeviceInfo, Named, Program, TensorData, TypedArray } from "codex-core";
import { installOperators } from "codex-nn";

/** The plainest backend that a program can run on: each run calls the body on tfjs's cpu backend. */
export class EagerBackend implements ComputeBackend<tf.Tensor> {
  readonly device: DeviceInfo = {
    kind: "cpu",
    name: "test",
    runtime: "tfjs cpu",
    dtypes: ["float32", "int32"],
    threads: 1,
    instructionSet: "none",
  };
  readonly state = new Map<string, TensorData>();
  /** Names of the programs that ran, in order. */
  readonly ran: string[] = [];
  /** The random keys that programs got, in order. */
  readonly randomKeys: number[][] = [];

  static async create(): Promise<EagerBackend> {
    tf.enableProdMode();
    await tf.setBackend("cpu");
    installOperators("cpu");
    return new EagerBackend();
  }

  async compile(program: Program<tf.Tensor>): Promise<CompiledProgram> {
    for (const [name, { shape, dtype }] of Object.entries(program.state)) {
      const length = shape.reduce((product, size) => product * size, 1);
      const data = dtype === "float32" ? new Float32Array(length) : new Int32Array(length);
      if (!this.state.has(name)) this.state.set(name, { shape, dtype, data });
    }
    return { run: (inputs) => this.run(program, inputs), dispose: async () => {} };
  }

  async readState(names: readonly string[]): Promise<Named<TensorData>> {
    return Object.fromEntries(
      names.map((name) => {
        const value = this.state.get(name);
        if (!value) throw new Error(`unknown state ${name}`);
        return [name, { ...value, data: value.data.slice() }];
      }),
    );
  }

  async writeState(values: Named<TensorData>): Promise<void> {
    for (const [name, value] of Object.entries(values)) this.state.set(name, { ...value, data: value.data.slice() });
  }

  async releaseState(names: readonly string[]): Promise<void> {
    for (const name of names) this.state.delete(name);
  }

  async dispose(): Promise<void> {
    this.state.clear();
  }

  private async run(program: Program<tf.Tensor>, inputs: Named<TypedArray>): Promise<Named<TypedArray>> {
    this.ran.push(program.name);
    if (inputs.randomKey) this.randomKeys.push([...inputs.randomKey]);
    const tensorOf = ({ shape, dtype, data }: TensorData) => tf.tensor(data, shape as number[], dtype);
    const before = tf.memory().numTensors;
    const outputs: Record<string, TypedArray> = {};
    tf.tidy(() => {
      const state = Object.fromEntries(
        Object.keys(program.state).map((name) => [name, tensorOf(this.state.get(name) as TensorData)]),
      );
      const given = Object.fromEntries(
        Object.entries(program.inputs).map(([name, spec]) => {
          const data = inputs[name];
          if (!data) throw new Error(`missing input ${name}`);
          return [name, tensorOf({ ...spec, data })];
        }),
      );
      const result = program.body(state, given);
      for (const [name, tensor] of Object.entries(result.state ?? {})) {
        const spec = program.state[name];
        if (!spec) throw new Error(`undeclared state ${name}`);
        if (String(tensor.shape) !== String(spec.shape)) throw new Error(`${name} became [${tensor.shape}]`);
        this.state.set(name, { ...spec, data: tensor.dataSync<"float32">().slice() });
      }
      for (const [name, tensor] of Object.entries(result.outputs)) {
        outputs[name] = tensor.dataSync<"float32">().slice();
      }
    });
    if (tf.memory().numTensors !== before) throw new Error(`${program.name} leaked tensors`);
    return outputs;
  }
}
