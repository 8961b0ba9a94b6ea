import { EagerProgram } from "./eager-program.js";
import type { ByName, EagerData, EagerErrors, EagerProgramSpec, HostValues } from "./eager-types.js";
import { type OnBackend, onBackend } from "./on-backend.js";
import { ResidentState } from "./resident-state.js";

/** What an eager backend is made of. */
export interface EagerBackendParts<Device> {
  /** What computes, for headers and reports. */
  readonly device: Device;
  /** A tfjs backend that is loaded, with all operators installed. */
  readonly backendName: string;
  readonly errors: EagerErrors;
}

/**
 * A compute backend on a tfjs backend that computes at once: it calls a program's body at every run. Resident state is
 * tensors that stay. Satisfies codex-core's `ComputeBackend<Tensor>`.
 */
export class EagerBackend<Device> {
  readonly device: Device;
  readonly #errors: EagerErrors;
  readonly #onBackend: OnBackend;
  readonly #state: ResidentState;
  readonly #programs = new Set<EagerProgram>();
  #disposed = false;

  constructor({ device, backendName, errors }: EagerBackendParts<Device>) {
    this.device = device;
    this.#errors = errors;
    this.#onBackend = onBackend(backendName);
    this.#state = new ResidentState(errors);
  }

  async compile(program: EagerProgramSpec): Promise<EagerProgram> {
    this.#assertUsable();
    this.#onBackend(() => this.#state.declare(program.state));
    const compiled = new EagerProgram(program, this.#state, this.#onBackend, this.#errors);
    this.#programs.add(compiled);
    return compiled;
  }

  async readState(names: readonly string[], into: ByName<EagerData> = {}): Promise<ByName<EagerData>> {
    this.#assertUsable();
    const values: Record<string, EagerData> = {};
    for (const name of names) {
      const { shape, dtype } = this.#state.get(name);
      // Of some backends these are the tensor's own values: a caller gets copies.
      const data = this.#state.get(name).dataSync() as HostValues;
      const given = Object.hasOwn(into, name) ? into[name] : undefined;
      const fits = given?.dtype === dtype && given.data.length === data.length;
      if (fits) given.data.set(data);
      values[name] = { shape: [...shape], dtype: dtype as EagerData["dtype"], data: fits ? given.data : data.slice() };
    }
    return values;
  }

  async writeState(values: ByName<EagerData>): Promise<void> {
    this.#assertUsable();
    this.#onBackend(() => this.#state.write(values));
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
    if (this.#disposed) throw this.#errors.CODEX_COMPUTE_DISPOSED({ what: "The compute backend was disposed." });
  }
}
