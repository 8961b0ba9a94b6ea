import type { Tensor } from "@tensorflow/tfjs-core";
import type { Named, Program, TensorData } from "codex-core";
import { compileGraph } from "#src/compile-graph.js";
import { defaultCompiler, findLibrary, packageFolder } from "#src/native/find-library.js";
import { ElementwiseProgram } from "#src/programs/elementwise-program.js";
import { SessionCache } from "#src/programs/session-cache.js";
import { SessionProgram } from "#src/programs/session-program.js";
import { createRuntime } from "#src/runtime/create-runtime.js";
import { MemoryBudget } from "#src/state/memory-budget.js";
import { declareStates, StateArena } from "#src/state/state-arena.js";
import { cpuTarget } from "#src/target/target.js";
import type { TrainedBackend } from "./tiny-gpt.js";

/** Native operators, whose sessions never write state in place: each new state has memory of its own. */
export async function createSeparateBackend(): Promise<TrainedBackend & { dispose(): Promise<void> }> {
  const runtime = await createRuntime("native-api", undefined, undefined, {
    nativeLibrary: () => findLibrary({ packageFolder, compiler: defaultCompiler() }),
  });
  const arena = new StateArena(new MemoryBudget(), runtime.addressOf);
  const sessions = new SessionCache(runtime, 2);
  return {
    async compile(program: Program<Tensor>) {
      const graph = compileGraph(program, { ...cpuTarget, native: true });
      declareStates(arena, program.state);
      if (graph.kind === "elementwise") return ElementwiseProgram.create(program.name, graph, arena, sessions);
      return SessionProgram.create(program.name, { ...graph, aliases: [] }, arena, sessions);
    },
    async writeState(values: Named<TensorData>) {
      arena.writeAll(values);
    },
    async readState(names: readonly string[]) {
      return Object.fromEntries(names.map((name) => [name, arena.read(name)]));
    },
    dispose: () => runtime.dispose(),
  };
}
