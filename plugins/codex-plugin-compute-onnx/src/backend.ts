import type { Tensor } from "@tensorflow/tfjs-core";
import {
  availableCores,
  type CompiledProgram,
  type ComputeBackend,
  computeErrors,
  type DeviceInfo,
  isCodexError,
  type Logger,
  type Named,
  type Program,
  type TensorData,
  type TypedArray,
} from "codex-core";
import { chooseDevice, type DeviceProbes, machineProbes } from "./device/choose-device.js";
import { openDevice } from "./device/open-device.js";
import type { Engine } from "./engine.js";
import { HostEngine } from "./host-engine.js";
import { defaultCompiler, findLibrary, packageFolder } from "./native/find-library.js";
import { type ComputeOnnxOptions, checkDevice } from "./options.js";
import { checkInputs } from "./programs/program-arrays.js";
import type { RunnableProgram } from "./programs/runnable-program.js";
import { createRuntime } from "./runtime/create-runtime.js";
import { describeProcessor } from "./runtime/processor.js";
import { TurnQueue } from "./state/turn-queue.js";

/** Compiles programs to ONNX and runs them over resident state, on the processor or on a device. */
export class OnnxBackend implements ComputeBackend<Tensor> {
  readonly drafts: ComputeBackend<Tensor>["drafts"];
  readonly #engine: Engine;
  readonly #programs = new Set<RunnableProgram>();
  /** Programs, reads and writes share the state: one after the other. */
  readonly #turns = new TurnQueue();
  #disposed = false;

  constructor(
    engine: Engine,
    readonly device: DeviceInfo,
  ) {
    this.#engine = engine;
    this.drafts = engine.drafts;
  }

  compile(program: Program<Tensor>): Promise<CompiledProgram> {
    return this.#turns.take(async () => {
      this.#checkOpen();
      const runnable = await this.#trimming(() => this.#engine.load(program));
      this.#programs.add(runnable);
      return this.#publish(program, runnable);
    });
  }

  readState(names: readonly string[], into: Named<TensorData> = {}): Promise<Named<TensorData>> {
    return this.#turns.take(() => {
      this.#checkOpen();
      return this.#engine.read(names, into);
    });
  }

  writeState(values: Named<TensorData>): Promise<void> {
    return this.#turns.take(() => {
      this.#checkOpen();
      return this.#engine.write(values);
    });
  }

  releaseState(names: readonly string[]): Promise<void> {
    return this.#turns.take(() => this.#engine.release(names));
  }

  dispose(): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#disposed) return;
      this.#disposed = true;
      for (const program of this.#programs) await program.dispose();
      this.#programs.clear();
      await this.#engine.dispose();
    });
  }

  #publish(program: Program<Tensor>, runnable: RunnableProgram): CompiledProgram {
    let fits = false;
    return {
      run: (inputs: Named<TypedArray>, signal?: AbortSignal) =>
        this.#turns.take(async () => {
          signal?.throwIfAborted();
          this.#checkOpen(this.#programs.has(runnable) ? undefined : program.name);
          checkInputs(program.name, program.inputs, inputs);
          return this.#trimming(async () => {
            const outputs = await runnable.run(inputs);
            // What the runtime needs between operators is known after the first run, and stays.
            if (!fits) this.#engine.checkMemory(`The program ${program.name}`);
            fits = true;
            return outputs;
          });
        }),
      dispose: () =>
        this.#turns.take(async () => {
          if (this.#programs.delete(runnable)) await runnable.dispose();
        }),
    };
  }

  /** Where memory was short, what is free goes back: a smaller program may find room where a larger one did not. */
  async #trimming<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const isShort = isCodexError(error) && error.code === "CODEX_COMPUTE_MEMORY";
      if (isShort) await this.#engine.trim().catch(() => undefined);
      throw error;
    }
  }

  #checkOpen(disposedProgram?: string): void {
    if (!this.#disposed && !disposedProgram) return;
    throw computeErrors.CODEX_COMPUTE_DISPOSED({
      what: disposedProgram ? `The program ${disposedProgram} was disposed.` : "The compute backend was disposed.",
    });
  }
}

/**
 * Opens the backend. Native operators that the package does not bring are compiled to `cacheFolder`, where one is
 * given and a compiler is there. With the device `auto`, a GPU that does not open gives way to the processor.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE, CODEX_COMPUTE_DEVICE_MISSING, CODEX_COMPUTE_RUNTIME_MISSING,
 * CODEX_COMPUTE_RUNTIME_VERSION
 */
export async function createOnnxBackend(
  options: ComputeOnnxOptions,
  logger?: Logger,
  cacheFolder?: string,
  probes: DeviceProbes = machineProbes,
): Promise<OnnxBackend> {
  checkDevice(options.device, options.dtype);
  const device = chooseDevice(options, logger, probes);
  if (device === "cpu") return openHost(options, logger, cacheFolder);
  try {
    const { engine, info } = await openDevice(device, options, logger);
    return new OnnxBackend(engine, info);
  } catch (error) {
    if (options.device !== "auto") throw error;
    const why = isCodexError(error) ? error.what : String(error);
    logger?.warn("compute.device auto goes on with cpu: the GPU that it took does not open.", { device, why });
    return openHost(options, logger, cacheFolder);
  }
}

async function openHost(options: ComputeOnnxOptions, logger?: Logger, cacheFolder?: string): Promise<OnnxBackend> {
  const runtime = await createRuntime(options.runtime, options.memoryLimitBytes, logger, {
    nativeLibrary: async () =>
      options.native
        ? findLibrary({ packageFolder, cacheFolder, compiler: defaultCompiler() }, logger)
        : { missing: "compute.native is false" },
  });
  const { native } = runtime;
  const processor = describeProcessor();
  const device: DeviceInfo = {
    kind: "cpu",
    name: processor.name,
    runtime: `onnxruntime ${runtime.version}${native ? `, native operators ${native.digest} (${native.instructionSet})` : ""}`,
    ...(runtime.whyStock === undefined ? {} : { note: `stock operators (${runtime.whyStock.replace(/\.$/, "")})` }),
    dtypes: ["float32"],
    threads: options.threads ?? availableCores(),
    instructionSet: processor.instructionSet,
  };
  return new OnnxBackend(new HostEngine(runtime, device.threads, options.memoryLimitBytes), device);
}
