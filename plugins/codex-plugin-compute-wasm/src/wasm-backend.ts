import { cpus } from "node:os";
import { getBackend, setBackend, type Tensor } from "@tensorflow/tfjs-core";
import {
  type CompiledProgram,
  type ComputeBackend,
  computeErrors,
  type DeviceInfo,
  type Named,
  type Program,
  type TensorData,
  type TypedArray,
} from "codex-core";
import { EagerProgram } from "./eager-program.js";
import { loadWasm, type WasmRuntime, wasmBackendName } from "./load-wasm.js";
import { type ComputeWasmOptions, checkDevice } from "./options.js";
import { ResidentState } from "./resident-state.js";

/**
 * Computes on WebAssembly, calling a program's body at every run: slow, simple, and what other backends are compared
 * with.
 *
 * @throws CODEX_COMPUTE_DEVICE, CODEX_COMPUTE_DTYPE, CODEX_COMPUTE_RUNTIME_MISSING
 */
export async function createWasmBackend(options: Partial<ComputeWasmOptions> = {}): Promise<ComputeBackend<Tensor>> {
  checkDevice(options.device ?? "auto", options.dtype ?? "float32");
  return new WasmBackend(await loadWasm());
}

class WasmBackend implements ComputeBackend<Tensor> {
  readonly device: DeviceInfo;
  readonly #state = new ResidentState();
  readonly #programs = new Set<CompiledProgram>();
  #disposed = false;

  constructor(runtime: WasmRuntime) {
    this.device = Object.freeze<DeviceInfo>({
      kind: "cpu",
      name: cpus()[0]?.model.trim() ?? "cpu",
      runtime: runtime.name,
      dtypes: ["float32"],
      threads: 1,
      instructionSet: runtime.instructionSet,
    });
  }

  async compile(program: Program<Tensor>): Promise<CompiledProgram> {
    this.#assertUsable();
    onWasm(() => this.#state.declare(program.state));
    const compiled = new EagerProgram(program, this.#state, onWasm);
    this.#programs.add(compiled);
    return compiled;
  }

  async readState(names: readonly string[], into: Named<TensorData> = {}): Promise<Named<TensorData>> {
    this.#assertUsable();
    const values: Record<string, TensorData> = {};
    for (const name of names) {
      const { shape, dtype } = this.#state.get(name);
      const data = this.#state.get(name).dataSync() as TypedArray;
      const given = Object.hasOwn(into, name) ? into[name] : undefined;
      const fits = given?.dtype === dtype && given.data.length === data.length;
      if (fits) given.data.set(data);
      values[name] = { shape: [...shape], dtype: dtype as TensorData["dtype"], data: fits ? given.data : data };
    }
    return values;
  }

  async writeState(values: Named<TensorData>): Promise<void> {
    this.#assertUsable();
    onWasm(() => this.#state.write(values));
  }

  async releaseState(names: readonly string[]): Promise<void> {
    this.#state.release(names);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const program of this.#programs) await program.dispose();
    this.#programs.clear();
    this.#state.clear();
  }

  #assertUsable(): void {
    if (this.#disposed) throw computeErrors.CODEX_COMPUTE_DISPOSED({ what: "The compute backend was disposed." });
  }
}

/**
 * Runs an action with WebAssembly as tfjs's current backend and sets back the one before. Setting a backend that is
 * loaded takes effect at once, although it returns a promise.
 */
function onWasm<Result>(action: () => Result): Result {
  const before = getBackend();
  if (before === wasmBackendName) return action();
  void setBackend(wasmBackendName);
  try {
    return action();
  } finally {
    if (before) void setBackend(before);
  }
}
