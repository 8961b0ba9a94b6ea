import type { Tensor } from "@tensorflow/tfjs-core";
import type { Named, Program, TensorData } from "codex-core";
import { compileGraph } from "./compile-graph.js";
import type { SessionGraph } from "./compiled-graph.js";
import { emitSession } from "./emit/emit-session.js";
import { type Engine, ownEntry } from "./engine.js";
import { narrowingGraph } from "./passes/narrow-products.js";
import { FEW_ROWS } from "./passes/native-products.js";
import { ElementwiseProgram } from "./programs/elementwise-program.js";
import { NarrowedProgram } from "./programs/narrowed-program.js";
import { emptyProgram, type RunnableProgram } from "./programs/runnable-program.js";
import { SessionCache } from "./programs/session-cache.js";
import { SessionProgram } from "./programs/session-program.js";
import type { Runtime } from "./runtime/runtime.js";
import { MemoryBudget } from "./state/memory-budget.js";
import { declareStates, StateArena } from "./state/state-arena.js";
import { cpuTarget, type Target } from "./target/target.js";

/** State in host memory, programs on the processor. */
export class HostEngine implements Engine {
  readonly drafts: Engine["drafts"];
  readonly #arena: StateArena;
  readonly #sessions: SessionCache;
  readonly #target: Target;
  /** Programs that use narrowed state, by its name. */
  readonly #narrowedUses = new Map<string, number>();

  constructor(
    readonly runtime: Runtime,
    threads: number,
    memoryLimitBytes?: number,
  ) {
    this.#arena = new StateArena(new MemoryBudget(memoryLimitBytes), runtime.addressOf);
    this.#sessions = new SessionCache(runtime, threads);
    this.#target = { ...cpuTarget, native: runtime.native !== undefined };
    this.drafts = runtime.native && { rows: FEW_ROWS };
  }

  async load(program: Program<Tensor>): Promise<RunnableProgram> {
    const graph = compileGraph(program, this.#target);
    declareStates(this.#arena, program.state);
    if (graph.kind === "elementwise") {
      return ElementwiseProgram.create(program.name, graph, this.#arena, this.#sessions);
    }
    if (graph.model.outputs.length === 0) return { ...emptyProgram };
    return graph.narrowed.length > 0 ? this.#loadNarrowed(program.name, graph) : this.#loadSession(program.name, graph);
  }

  #loadSession(name: string, graph: SessionGraph): Promise<RunnableProgram> {
    return SessionProgram.create(name, graph, this.#arena, this.#sessions);
  }

  async #loadNarrowed(name: string, graph: SessionGraph): Promise<RunnableProgram> {
    const { narrowed } = graph;
    const release = this.#useNarrowed(narrowed);
    try {
      const narrowingName = `${name}, narrowing`;
      const narrowing = emitSession(narrowingGraph(narrowingName, narrowed, this.#target), this.#target);
      const made = await this.#loadSession(narrowingName, narrowing);
      try {
        return new NarrowedProgram(await this.#loadSession(name, graph), made, this.#arena, narrowed, release);
      } catch (error) {
        await made.dispose();
        throw error;
      }
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Names narrowed state; the function that is given back forgets what no other program uses. */
  #useNarrowed(narrowed: SessionGraph["narrowed"]): () => void {
    declareStates(this.#arena, Object.fromEntries(narrowed.map(({ name, spec }) => [name, spec])));
    const uses = this.#narrowedUses;
    for (const { name } of narrowed) uses.set(name, (uses.get(name) ?? 0) + 1);
    return () => {
      for (const { name } of narrowed) uses.set(name, uses.get(name)! - 1);
      const unused = narrowed.map(({ name }) => name).filter((name) => uses.get(name) === 0);
      for (const name of unused) uses.delete(name);
      this.#arena.release(unused);
    };
  }

  read(names: readonly string[], into: Named<TensorData>): Named<TensorData> {
    return Object.fromEntries(names.map((name) => [name, this.#arena.read(name, ownEntry(into, name))]));
  }

  write(values: Named<TensorData>): void {
    this.#arena.writeAll(values);
  }

  release(names: readonly string[]): void {
    this.#arena.release(names);
  }

  checkMemory(what: string): void {
    this.#arena.budget.check(this.runtime.arenaBytes() ?? 0, what);
  }

  trim(): Promise<void> {
    return this.runtime.trim();
  }

  dispose(): Promise<void> {
    return this.runtime.dispose();
  }
}
