import { setImmediate as nextTurn } from "node:timers/promises";
import type { Named, TypedArray } from "codex-core";
import type {
  Binding,
  ElementwiseGraph,
  ElementwiseGroup,
  ElementwiseMember,
  ElementwisePort,
} from "../compiled-graph.js";
import type { BoundRun, RuntimeTensor } from "../runtime/runtime.js";
import type { StateArena } from "../state/state-arena.js";
import { planElementRuns } from "./element-runs.js";
import { ProgramArrays } from "./program-arrays.js";
import type { RunnableProgram } from "./runnable-program.js";
import type { SessionCache, SharedSession } from "./session-cache.js";

/** Elements of a slice: the operands of one stay in a core's cache between operators. */
const cachedSliceLength = 131_072;

/** Of one operator alone, which leaves nothing in a cache to another: the way to other threads and back is gone less often. */
const loneSliceLength = 524_288;

/** Slices that run on the main thread leave it to others at least this often. */
const turnMs = 8;

/** libuv's pool has four threads, which reading and writing files needs too. */
const mostLanes = 4;

/** With fewer slices for each lane, the way to other threads and back costs more than it gives. */
const slicesWorthALane = 4;

/** Slices of all groups with their sessions, as the memory lies now. */
interface ElementwisePlan {
  readonly stateVersion: number;
  /** Slices that run at a time, each on threads of its own; 1: one after the other, on the main thread. */
  readonly lanes: number;
  readonly runs: readonly BoundRun[];
  readonly sessions: readonly SharedSession[];
  readonly tensors: readonly RuntimeTensor[];
}

/** A program that goes over resident state in cache-sized slices, through small sessions. */
export class ElementwiseProgram implements RunnableProgram {
  readonly #inputArrays: ProgramArrays;
  readonly #outputArrays: ProgramArrays;
  /** States that one member writes and another reads: their new values wait in the shadow. */
  readonly #shadowed: ReadonlySet<string>;
  readonly #written: readonly string[];
  #plan: ElementwisePlan | undefined;

  private constructor(
    readonly name: string,
    readonly graph: ElementwiseGraph,
    readonly arena: StateArena,
    readonly sessions: SessionCache,
    readonly sliceLength: number | undefined,
  ) {
    this.#inputArrays = new ProgramArrays(arena.budget, `Inputs of ${name}`, arena.addressOf);
    this.#outputArrays = new ProgramArrays(arena.budget, `Outputs of ${name}`, arena.addressOf);
    this.#shadowed = statesToShadow(graph);
    this.#written = writtenStates(graph);
  }

  /**
   * Lays the program out over the state and loads its sessions.
   *
   * @param sliceLength elements of a slice, at most; default: by how many operators a group has
   * @throws CODEX_COMPUTE_SESSION, CODEX_COMPUTE_MEMORY
   */
  static async create(
    name: string,
    graph: ElementwiseGraph,
    arena: StateArena,
    sessions: SessionCache,
    sliceLength?: number,
  ): Promise<ElementwiseProgram> {
    const program = new ElementwiseProgram(name, graph, arena, sessions, sliceLength);
    try {
      for (const binding of bindingsOf(graph)) if (binding.kind === "state") arena.pin(binding.name);
      await program.#layOut();
      return program;
    } catch (error) {
      await program.dispose();
      throw error;
    }
  }

  /** Slices of one run of the program. */
  get sliceCount(): number {
    return this.#plan?.runs.length ?? 0;
  }

  async run(inputs: Named<TypedArray>): Promise<Named<TypedArray>> {
    const plan = this.#plan && this.#plan.stateVersion === this.#settledVersion() ? this.#plan : await this.#layOut();
    this.#inputArrays.fill(inputs);
    this.arena.noteWritten(this.#written);
    await (plan.lanes > 1 ? runInLanes(plan) : runBriefly(plan));
    for (const state of this.#shadowed) this.arena.adoptShadow(state);
    return this.#outputArrays.copies();
  }

  async dispose(): Promise<void> {
    await this.#dropPlan();
    this.#inputArrays.dispose();
    this.#outputArrays.dispose();
  }

  /** The arena's version once every state of the program has its memory. */
  #settledVersion(): number {
    for (const binding of bindingsOf(this.graph)) if (binding.kind === "state") this.arena.memoryOf(binding.name);
    return this.arena.version;
  }

  async #layOut(): Promise<ElementwisePlan> {
    await this.#dropPlan();
    const stateVersion = this.#settledVersion();
    const groups = this.graph.groups.map((group) => ({
      group,
      slices: planElementRuns(
        group.members.map((member) => this.#memberMemory(group, member)),
        this.sliceLength ?? (group.operatorCount === 1 ? loneSliceLength : cachedSliceLength),
      ),
    }));
    const sliceCount = groups.reduce((sum, { slices }) => sum + slices.length, 0);
    const lanes = this.#lanesFor(sliceCount);
    const threads = Math.max(1, Math.floor(this.sessions.threads / lanes));
    const runs: BoundRun[] = [];
    const sessions: SharedSession[] = [];
    const tensors: RuntimeTensor[] = [];
    // Kept from the start, so that what a failure leaves behind is released; no version fits it until it is whole.
    this.#plan = { stateVersion: -1, lanes, runs, sessions, tensors };
    for (const [index, { group, slices }] of groups.entries()) {
      const byLength = new Map<number, SharedSession>();
      const scalars = this.#scalarTensors(group);
      tensors.push(...scalars.values());
      for (const { memories, length } of slices) {
        const known = byLength.get(length);
        const name = `${this.name}, group ${index}`;
        const shared = known ?? (await this.sessions.acquire(group.model(length), name, threads));
        if (!known) sessions.push(shared);
        byLength.set(length, shared);
        const ports = elementPorts(group);
        const elements = memories.map((memory, i) => this.#tensor(memory, ports[i]!, [length]));
        tensors.push(...elements);
        const byName = new Map<string, RuntimeTensor>(scalars);
        for (const [i, port] of ports.entries()) byName.set(port.name, elements[i]!);
        runs.push(
          shared.session.bind(
            group.inputs.map((port) => byName.get(port.name)!),
            group.outputs.map((port) => byName.get(port.name)!),
          ),
        );
      }
    }
    this.#plan = { ...this.#plan, stateVersion };
    return this.#plan;
  }

  /**
   * Two slices on a core each are faster than one slice on both: nothing waits for the slower half after every
   * operator. The Node binding runs on the main thread, whatever it is asked.
   */
  #lanesFor(sliceCount: number): number {
    const { runtime, threads } = this.sessions;
    const lanes = Math.min(threads, mostLanes);
    return runtime.copiesOutputs || sliceCount < lanes * slicesWorthALane ? 1 : lanes;
  }

  #tensor(memory: TypedArray, port: ElementwisePort, shape: readonly number[]): RuntimeTensor {
    return this.sessions.runtime.tensor(memory, { name: port.name, dtype: port.dtype, shape });
  }

  /** Scalars are bound once for all slices of a group. */
  #scalarTensors(group: ElementwiseGroup): Map<string, RuntimeTensor> {
    const [member] = group.members;
    const scalars = group.inputs.filter((port) => port.kind === "scalar");
    return new Map(
      scalars.map((port) => [
        port.name,
        this.#tensor(this.#memory(member!.inputs[port.name]!, port, [], false), port, []),
      ]),
    );
  }

  #memberMemory(group: ElementwiseGroup, member: ElementwiseMember): TypedArray[] {
    const shape = [member.length];
    const inputs = group.inputs.filter((port) => port.kind === "elements");
    return [
      ...inputs.map((port) => this.#memory(member.inputs[port.name]!, port, shape, false)),
      ...group.outputs.map((port) => this.#memory(member.outputs[port.name]!, port, shape, true)),
    ];
  }

  #memory(binding: Binding, { dtype }: ElementwisePort, shape: readonly number[], written: boolean): TypedArray {
    if (binding.kind === "input") return this.#inputArrays.provide(binding.name, { dtype, shape });
    if (binding.kind === "output") return this.#outputArrays.provide(binding.name, { dtype, shape });
    const shadow = written && this.#shadowed.has(binding.name);
    return shadow ? this.arena.shadowOf(binding.name) : this.arena.memoryOf(binding.name);
  }

  async #dropPlan(): Promise<void> {
    const plan = this.#plan;
    this.#plan = undefined;
    for (const tensor of plan?.tensors ?? []) tensor.dispose();
    for (const session of plan?.sessions ?? []) await session.release();
  }
}

/** Lanes take the next slice that nobody has; slices touch different memory, so their order means nothing. */
async function runInLanes({ lanes, runs }: ElementwisePlan): Promise<void> {
  const waiting = runs.values();
  const lane = async () => {
    for (const run of waiting) await run.run();
  };
  // A lane that fails ends while others still run: all must have stopped before anyone touches the state again.
  const ends = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

async function runBriefly({ runs }: ElementwisePlan): Promise<void> {
  let turnStarted = performance.now();
  for (const run of runs) {
    await run.runBriefly();
    if (performance.now() - turnStarted < turnMs) continue;
    await nextTurn();
    turnStarted = performance.now();
  }
}

/** The group's `elements` ports in the order of a member's memory: inputs before outputs. */
const elementPorts = (group: ElementwiseGroup): ElementwisePort[] => [
  ...group.inputs.filter((port) => port.kind === "elements"),
  ...group.outputs,
];

function* bindingsOf(graph: ElementwiseGraph): Iterable<Binding> {
  for (const { members } of graph.groups) {
    for (const { inputs, outputs } of members) {
      yield* Object.values(inputs);
      yield* Object.values(outputs);
    }
  }
}

function writtenStates(graph: ElementwiseGraph): readonly string[] {
  const bindings = graph.groups.flatMap(({ members }) => members.flatMap(({ outputs }) => Object.values(outputs)));
  return bindings.flatMap(({ kind, name }) => (kind === "state" ? [name] : []));
}

/**
 * States that are written where another member, or a scalar port, still reads them. Within one member an element is
 * read before it is written.
 */
function statesToShadow(graph: ElementwiseGraph): Set<string> {
  const readers = new Map<string, Set<unknown>>();
  const members = graph.groups.flatMap((group) => group.members.map((member) => ({ group, member })));
  for (const { group, member } of members) {
    for (const port of group.inputs) {
      const binding = member.inputs[port.name];
      if (binding?.kind !== "state") continue;
      const reader = port.kind === "scalar" ? port : member;
      readers.set(binding.name, (readers.get(binding.name) ?? new Set()).add(reader));
    }
  }
  const states = members.flatMap(({ member }) =>
    Object.values(member.outputs).flatMap((binding) => {
      const others = binding.kind === "state" ? [...(readers.get(binding.name) ?? [])] : [];
      return others.some((reader) => reader !== member) ? [binding.name] : [];
    }),
  );
  return new Set(states);
}
