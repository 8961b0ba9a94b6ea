import type { Tensor } from "@tensorflow/tfjs-core";
import type { Logger, Named, Program, TensorData, TensorSpecs } from "codex-core";
import { compileGraph } from "../compile-graph.js";
import type { LargestValue } from "../compiled-graph.js";
import { type Engine, ownEntry } from "../engine.js";
import { computeOnnxErrors } from "../errors.js";
import { emptyProgram, type RunnableProgram } from "../programs/runnable-program.js";
import { type DeviceMemory, sizeBytes } from "./device-memory.js";
import { DeviceProgram } from "./device-program.js";
import { DeviceState } from "./device-state.js";

/** State in a device's memory, programs on the device. */
export class DeviceEngine implements Engine {
  readonly #state: DeviceState;

  constructor(
    readonly memory: DeviceMemory,
    /** Most bytes that the device binds as one tensor, where that is known. */
    readonly tensorLimitBytes: number | undefined,
    readonly logger?: Logger,
  ) {
    this.#state = new DeviceState(memory);
  }

  async load(program: Program<Tensor>): Promise<RunnableProgram> {
    const graph = compileGraph(program, this.memory.provider.target);
    if (graph.kind === "elementwise") throw new TypeError("A device's programs are not sliced.");
    this.#checkStates(program.state);
    this.#checkSize(graph.largest, program.name);
    this.#state.declare(program.state);
    if (graph.model.outputs.length === 0) return { ...emptyProgram };
    if (graph.hostOperators.length > 0) {
      const { device } = this.memory.provider.target;
      const operators = graph.hostOperators.join(", ");
      this.logger?.info(`${program.name}: the processor computes what ${device} has no operator for.`, { operators });
    }
    return DeviceProgram.create(program.name, graph, this.memory, this.#state);
  }

  async read(names: readonly string[], into: Named<TensorData>): Promise<Named<TensorData>> {
    const tensors: Record<string, TensorData> = {};
    for (const name of names) tensors[name] = await this.#state.read(name, ownEntry(into, name));
    return tensors;
  }

  async write(values: Named<TensorData>): Promise<void> {
    this.#checkStates(values);
    await this.#state.write(values);
  }

  release(names: readonly string[]): void {
    this.#state.release(names);
  }

  /** The device does not tell what it holds between operators. */
  checkMemory(): void {}

  async trim(): Promise<void> {
    this.memory.trim();
  }

  async dispose(): Promise<void> {
    this.#state.dispose();
    this.memory.dispose();
  }

  #checkStates(specs: TensorSpecs): void {
    for (const [name, spec] of Object.entries(specs)) {
      this.#checkSize({ what: name, shape: spec.shape, sizeBytes: sizeBytes(spec) }, `state ${name}`);
    }
  }

  /** Above its limit a device may fail without saying so. @throws CODEX_COMPUTE_TENSOR_SIZE */
  #checkSize({ what, shape, sizeBytes: bytes }: LargestValue, where: string): void {
    const limit = this.tensorLimitBytes;
    if (limit === undefined || bytes <= limit) return;
    throw computeOnnxErrors.CODEX_COMPUTE_TENSOR_SIZE({
      what: `${what} [${shape.join(", ")}] has ${bytes} bytes; the device binds ${limit} bytes at the most.`,
      where,
    });
  }
}
