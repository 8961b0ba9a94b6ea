import type { Named, TypedArray } from "codex-core";
import type { Binding, Port, SessionGraph } from "../compiled-graph.js";
import { ProgramArrays } from "../programs/program-arrays.js";
import type { RunnableProgram } from "../programs/runnable-program.js";
import type { NativeTensor } from "../runtime/native-tensor.js";
import type { Pointer } from "../runtime/ort-api.js";
import type { DeviceMemory, DeviceValue } from "./device-memory.js";
import type { DeviceSession } from "./device-session.js";
import type { DeviceState } from "./device-state.js";

/** A program on the device: state stays there, inputs and outputs cross. */
export class DeviceProgram implements RunnableProgram {
  readonly #inputArrays: ProgramArrays;
  readonly #outputArrays: ProgramArrays;
  readonly #hostTensors = new Map<string, NativeTensor>();

  private constructor(
    readonly graph: SessionGraph,
    readonly memory: DeviceMemory,
    readonly state: DeviceState,
    readonly session: DeviceSession,
    name: string,
  ) {
    this.#inputArrays = new ProgramArrays(memory.budget, `Inputs of ${name}`);
    this.#outputArrays = new ProgramArrays(memory.budget, `Outputs of ${name}`);
  }

  /** Loads the graph's model. @throws CODEX_COMPUTE_SESSION, CODEX_COMPUTE_MEMORY */
  static async create(
    name: string,
    graph: SessionGraph,
    memory: DeviceMemory,
    state: DeviceState,
  ): Promise<DeviceProgram> {
    const { model, hostOperators } = graph;
    const names = (ports: readonly Port[]) => ports.map((port) => port.name);
    const session = await memory.load({
      name,
      bytes: model.bytes,
      inputs: names(model.inputs),
      outputs: names(model.outputs),
      needsHost: hostOperators.length > 0,
    });
    const program = new DeviceProgram(graph, memory, state, session, name);
    try {
      for (const port of model.inputs) program.#hostValue(port, graph.inputs[port.name]!);
      for (const port of model.outputs) program.#hostValue(port, graph.outputs[port.name]!);
      return program;
    } catch (error) {
      await program.dispose();
      throw error;
    }
  }

  /** New state is written beside the old: a device may not read and write one buffer in one operator. */
  async run(inputs: Named<TypedArray>): Promise<Named<TypedArray>> {
    this.#inputArrays.fill(inputs);
    const { model } = this.graph;
    const next: [string, DeviceValue][] = [];
    try {
      const read: Pointer[] = [];
      for (const port of model.inputs) {
        const binding = this.graph.inputs[port.name]!;
        read.push(this.#hostValue(port, binding) ?? (await this.state.valueOf(binding.name)).pointer);
      }
      const written = model.outputs.map((port) => {
        const binding = this.graph.outputs[port.name]!;
        const known = this.#hostValue(port, binding);
        if (known !== undefined) return known;
        const value = this.state.nextOf(binding.name);
        next.push([binding.name, value]);
        return value.pointer;
      });
      await this.session.run(read, written);
    } catch (error) {
      for (const [, value] of next) this.memory.give(value);
      throw error;
    }
    for (const [name, value] of next) this.state.replace(name, value);
    return this.#outputArrays.copies();
  }

  async dispose(): Promise<void> {
    for (const tensor of this.#hostTensors.values()) tensor.dispose();
    this.#hostTensors.clear();
    this.#inputArrays.dispose();
    this.#outputArrays.dispose();
    this.session.dispose();
  }

  /** The host memory of an input or output; undefined for state. */
  #hostValue(port: Port, binding: Binding): Pointer | undefined {
    if (binding.kind === "state") return undefined;
    const known = this.#hostTensors.get(port.name);
    if (known) return known.value;
    const arrays = binding.kind === "input" ? this.#inputArrays : this.#outputArrays;
    const tensor = this.memory.hostTensor(arrays.provide(binding.name, port), port);
    this.#hostTensors.set(port.name, tensor);
    return tensor.value;
  }
}
