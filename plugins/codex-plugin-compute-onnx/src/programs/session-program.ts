import type { Named, TypedArray } from "codex-core";
import type { Binding, Port, SessionGraph } from "../compiled-graph.js";
import type { BoundRun, RuntimeTensor } from "../runtime/runtime.js";
import type { StateArena } from "../state/state-arena.js";
import { ProgramArrays } from "./program-arrays.js";
import type { RunnableProgram } from "./runnable-program.js";
import type { SessionCache, SharedSession } from "./session-cache.js";

/** A port of the session and the tensors that it may be bound to: two where a state swaps its buffers. */
interface BoundPort {
  readonly port: Port;
  readonly memory: () => TypedArray;
  /** The buffers that the port may be bound to as things are; tensors over others are let go. */
  readonly buffers: () => readonly TypedArray[];
  readonly tensors: Map<TypedArray, RuntimeTensor>;
}

/** A program that runs as one session. */
export class SessionProgram implements RunnableProgram {
  readonly #inputs: readonly BoundPort[];
  readonly #outputs: readonly BoundPort[];
  readonly #inputArrays: ProgramArrays;
  readonly #outputArrays: ProgramArrays;
  /** States whose new values are in their shadow after a run. */
  readonly #shadowed: readonly string[];
  readonly #written: readonly string[];
  #bound: BoundRun | undefined;
  #stateVersion = -1;

  private constructor(
    readonly name: string,
    readonly graph: SessionGraph,
    readonly arena: StateArena,
    readonly sessions: SessionCache,
    readonly shared: SharedSession,
  ) {
    const { budget, addressOf } = arena;
    this.#inputArrays = new ProgramArrays(budget, `Inputs of ${name}`, addressOf);
    this.#outputArrays = new ProgramArrays(budget, `Outputs of ${name}`, addressOf);
    const shadowed = sessions.runtime.copiesOutputs ? new Set<string>() : statesToShadow(graph);
    this.#shadowed = [...shadowed];
    this.#written = Object.values(graph.outputs).flatMap(({ kind, name }) => (kind === "state" ? [name] : []));
    this.#inputs = graph.model.inputs.map((port) => this.#bindPort(port, graph.inputs[port.name]!, false));
    this.#outputs = graph.model.outputs.map((port) => {
      const binding = graph.outputs[port.name]!;
      return this.#bindPort(port, binding, binding.kind === "state" && shadowed.has(binding.name));
    });
  }

  /** Loads the graph's model. @throws CODEX_COMPUTE_SESSION, CODEX_COMPUTE_MEMORY */
  static async create(
    name: string,
    graph: SessionGraph,
    arena: StateArena,
    sessions: SessionCache,
  ): Promise<SessionProgram> {
    const program = new SessionProgram(name, graph, arena, sessions, await sessions.acquire(graph.model, name));
    try {
      program.#settledVersion();
      return program;
    } catch (error) {
      await program.dispose();
      throw error;
    }
  }

  async run(inputs: Named<TypedArray>): Promise<Named<TypedArray>> {
    this.#inputArrays.fill(inputs);
    if (!this.#bound || this.#stateVersion !== this.#settledVersion()) this.#bind();
    this.arena.noteWritten(this.#written);
    await this.#bound!.run();
    for (const state of this.#shadowed) this.arena.adoptShadow(state);
    return this.#outputArrays.copies();
  }

  async dispose(): Promise<void> {
    for (const { tensors } of [...this.#inputs, ...this.#outputs]) dropTensors(tensors);
    this.#inputArrays.dispose();
    this.#outputArrays.dispose();
    this.#bound = undefined;
    await this.shared.release();
  }

  #bindPort(port: Port, binding: Binding, shadow: boolean): BoundPort {
    const { arena } = this;
    const tensors = new Map<TypedArray, RuntimeTensor>();
    if (binding.kind === "state") {
      const { name } = binding;
      const memory = () => (shadow ? arena.shadowOf(name) : arena.memoryOf(name));
      return { port, tensors, memory, buffers: () => arena.buffersOf(name) };
    }
    const arrays = binding.kind === "input" ? this.#inputArrays : this.#outputArrays;
    const memory = () => arrays.provide(binding.name, port);
    return { port, tensors, memory, buffers: () => [memory()] };
  }

  /** The arena's version once every state of the program has its memory. */
  #settledVersion(): number {
    for (const { memory } of [...this.#inputs, ...this.#outputs]) memory();
    return this.arena.version;
  }

  #bind(): void {
    this.#bound = this.shared.session.bind(this.#inputs.map(this.#tensorOf), this.#outputs.map(this.#tensorOf));
    this.#stateVersion = this.arena.version;
    for (const port of [...this.#inputs, ...this.#outputs]) dropReplaced(port);
  }

  readonly #tensorOf = ({ port, memory, tensors }: BoundPort): RuntimeTensor => {
    const current = memory();
    const known = tensors.get(current);
    if (known) return known;
    const tensor = this.sessions.runtime.tensor(current, port);
    tensors.set(current, tensor);
    return tensor;
  };
}

/** States that the session reads and may not write in place. */
function statesToShadow(graph: SessionGraph): Set<string> {
  const stateName = (binding: Binding | undefined) => (binding?.kind === "state" ? binding.name : undefined);
  const read = new Set(graph.model.inputs.map((port) => stateName(graph.inputs[port.name])));
  const inPlace = new Set(
    graph.aliases
      .filter(({ output, input }) => stateName(graph.outputs[output]) === stateName(graph.inputs[input]))
      .map(({ output }) => output),
  );
  const written = graph.model.outputs.filter((port) => !inPlace.has(port.name));
  return new Set(
    written.flatMap((port) => {
      const name = stateName(graph.outputs[port.name]);
      return name !== undefined && read.has(name) ? [name] : [];
    }),
  );
}

/** Lets go of memory that the arena has replaced. */
function dropReplaced({ tensors, buffers }: BoundPort): void {
  const current = buffers();
  for (const [memory, tensor] of tensors) {
    if (current.includes(memory)) continue;
    tensor.dispose();
    tensors.delete(memory);
  }
}

function dropTensors(tensors: Map<TypedArray, RuntimeTensor>): void {
  for (const tensor of tensors.values()) tensor.dispose();
  tensors.clear();
}
