import type { Tensor } from "@tensorflow/tfjs-core";
import {
  type CompiledProgram,
  type ComputeBackend,
  computeErrors,
  type DeviceInfo,
  type Logger,
  type Named,
  type Program,
  type TensorData,
  type TypedArray,
} from "codex-core";
import { compileGraph } from "./compile-graph.js";
import type { CompiledGraph } from "./compiled-graph.js";
import { defaultCompiler, findLibrary, packageFolder } from "./native/find-library.js";
import { type ComputeOnnxOptions, checkDevice } from "./options.js";
import { ElementwiseProgram } from "./programs/elementwise-program.js";
import { checkInputs } from "./programs/program-arrays.js";
import { emptyProgram, type RunnableProgram } from "./programs/runnable-program.js";
import { SessionCache } from "./programs/session-cache.js";
import { SessionProgram } from "./programs/session-program.js";
import { createRuntime } from "./runtime/create-runtime.js";
import { describeProcessor } from "./runtime/processor.js";
import type { Runtime } from "./runtime/runtime.js";
import { MemoryBudget } from "./state/memory-budget.js";
import { declareStates, StateArena } from "./state/state-arena.js";
import { TurnQueue } from "./state/turn-queue.js";
import type { Target } from "./target.js";

/** Compiles programs to ONNX and runs them over state in host memory. */
export class OnnxBackend implements ComputeBackend<Tensor> {
  readonly #runtime: Runtime;
  readonly #arena: StateArena;
  readonly #sessions: SessionCache;
  readonly #target: Target;
  readonly #programs = new Set<RunnableProgram>();
  /** Programs, reads and writes share the state: one after the other. */
  readonly #turns = new TurnQueue();
  #disposed = false;

  constructor(
    runtime: Runtime,
    readonly device: DeviceInfo,
    memoryLimitBytes?: number,
  ) {
    this.#runtime = runtime;
    this.#arena = new StateArena(new MemoryBudget(memoryLimitBytes), runtime.addressOf);
    this.#sessions = new SessionCache(runtime, device.threads);
    this.#target = { native: runtime.native !== undefined };
  }

  compile(program: Program<Tensor>): Promise<CompiledProgram> {
    return this.#turns.take(async () => {
      this.#checkOpen();
      const graph = compileGraph(program, this.#target);
      declareStates(this.#arena, program.state);
      const runnable = await this.#load(program.name, graph);
      this.#programs.add(runnable);
      return this.#publish(program, runnable);
    });
  }

  readState(names: readonly string[], into: Named<TensorData> = {}): Promise<Named<TensorData>> {
    return this.#turns.take(() => {
      this.#checkOpen();
      return Object.fromEntries(names.map((name) => [name, this.#arena.read(name, ownEntry(into, name))]));
    });
  }

  writeState(values: Named<TensorData>): Promise<void> {
    return this.#turns.take(() => {
      this.#checkOpen();
      this.#arena.writeAll(values);
    });
  }

  releaseState(names: readonly string[]): Promise<void> {
    return this.#turns.take(() => this.#arena.release(names));
  }

  dispose(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#disposed) return;
      this.#disposed = true;
      for (const program of this.#programs) await program.dispose();
      this.#programs.clear();
      await this.#runtime.dispose();
    });
  }

  async #load(name: string, graph: CompiledGraph): Promise<RunnableProgram> {
    if (graph.kind === "elementwise") return ElementwiseProgram.create(name, graph, this.#arena, this.#sessions);
    if (graph.model.outputs.length === 0) return { ...emptyProgram };
    return SessionProgram.create(name, graph, this.#arena, this.#sessions);
  }

  #publish(program: Program<Tensor>, runnable: RunnableProgram): CompiledProgram {
    let fits = false;
    return {
      run: (inputs: Named<TypedArray>, signal?: AbortSignal) =>
        this.#turns.take(async () => {
          signal?.throwIfAborted();
          this.#checkOpen(this.#programs.has(runnable) ? undefined : program.name);
          checkInputs(program.name, program.inputs, inputs);
          const outputs = await runnable.run(inputs);
          // What the runtime needs between operators is known after the first run, and stays.
          if (!fits) this.#arena.budget.check(this.#runtime.arenaBytes() ?? 0, `The program ${program.name}`);
          fits = true;
          return outputs;
        }),
      dispose: () =>
        this.#turns.take(async () => {
          if (this.#programs.delete(runnable)) await runnable.dispose();
        }),
    };
  }

  #checkOpen(disposedProgram?: string): void {
    if (!this.#disposed && !disposedProgram) return;
    throw computeErrors.CODEX_COMPUTE_DISPOSED({
      what: disposedProgram ? `The program ${disposedProgram} was disposed.` : "The compute backend was disposed.",
    });
  }
}

function ownEntry(tensors: Named<TensorData>, name: string): TensorData | undefined {
  return Object.hasOwn(tensors, name) ? tensors[name] : undefined;
}

/**
 * Opens the backend. Native operators that the package does not bring are compiled to `cacheFolder`, where one is
 * given and a compiler is there.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE, CODEX_COMPUTE_RUNTIME_MISSING, CODEX_COMPUTE_RUNTIME_VERSION
 */
export async function createOnnxBackend(
  options: ComputeOnnxOptions,
  logger?: Logger,
  cacheFolder?: string,
): Promise<OnnxBackend> {
  checkDevice(options.device, options.dtype);
  const runtime = await createRuntime(options.runtime, options.memoryLimitBytes, logger, {
    nativeLibrary: async () =>
      options.native ? findLibrary({ packageFolder, cacheFolder, compiler: defaultCompiler() }, logger) : undefined,
  });
  const { native } = runtime;
  const processor = describeProcessor();
  const device: DeviceInfo = {
    kind: "cpu",
    name: processor.name,
    runtime: `onnxruntime ${runtime.version}${native ? `, native operators ${native.digest} (${native.instructionSet})` : ""}`,
    dtypes: ["float32"],
    threads: options.threads ?? processor.physicalCores,
    instructionSet: processor.instructionSet,
  };
  return new OnnxBackend(runtime, device, options.memoryLimitBytes);
}
