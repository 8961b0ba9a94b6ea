import type { Tensor } from "@tensorflow/tfjs-core";
import type { Named, Program, TensorData } from "codex-core";
import { compileGraph } from "./compile-graph.js";
import { type Engine, ownEntry } from "./engine.js";
import { ElementwiseProgram } from "./programs/elementwise-program.js";
import { emptyProgram, type RunnableProgram } from "./programs/runnable-program.js";
import { SessionCache } from "./programs/session-cache.js";
import { SessionProgram } from "./programs/session-program.js";
import type { Runtime } from "./runtime/runtime.js";
import { MemoryBudget } from "./state/memory-budget.js";
import { declareStates, StateArena } from "./state/state-arena.js";
import { cpuTarget, type Target } from "./target/target.js";

/** State in host memory, programs on the processor. */
export class HostEngine implements Engine {
  readonly #arena: StateArena;
  readonly #sessions: SessionCache;
  readonly #target: Target;

  constructor(
    readonly runtime: Runtime,
    threads: number,
    memoryLimitBytes?: number,
  ) {
    this.#arena = new StateArena(new MemoryBudget(memoryLimitBytes), runtime.addressOf);
    this.#sessions = new SessionCache(runtime, threads);
    this.#target = { ...cpuTarget, native: runtime.native !== undefined };
  }

  async load(program: Program<Tensor>): Promise<RunnableProgram> {
    const graph = compileGraph(program, this.#target);
    declareStates(this.#arena, program.state);
    if (graph.kind === "elementwise") {
      return ElementwiseProgram.create(program.name, graph, this.#arena, this.#sessions);
    }
    if (graph.model.outputs.length === 0) return { ...emptyProgram };
    return SessionProgram.create(program.name, graph, this.#arena, this.#sessions);
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
