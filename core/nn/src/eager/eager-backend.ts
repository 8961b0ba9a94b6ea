import { EagerProgram } from "./eager-program.js";
import type { ByName, EagerData, EagerErrors, EagerProgramSpec, HostValues } from "./eager-types.js";
import { type EagerWork, eagerWork } from "./eager-work.js";
import { ResidentState } from "./resident-state.js";
import type { EagerMemory } from "./tensor-memory.js";

/** What an eager backend is made of. */
export interface EagerBackendParts<Device> {
  /** What computes, for headers and reports. */
  readonly device: Device;
  /** A tfjs backend that is loaded, with all operators installed. */
  readonly backendName: string;
  readonly errors: EagerErrors;
  /** Left out: only arrays that JavaScript has no room for are known as a lack of memory. */
  readonly memory?: EagerMemory;
}

/**
 * A compute backend on a tfjs backend that computes at once: it calls a program's body at every run. Resident state is
 * tensors that stay. Satisfies codex-core's `ComputeBackend<Tensor>`.
 */
export class EagerBackend<Device> {
  readonly device: Device;
  readonly #errors: EagerErrors;
  readonly #work: EagerWork;
  readonly #state: ResidentState;
  readonly #programs = new Set<EagerProgram>();
  #disposed = false;

  constructor({ device, backendName, errors, memory }: EagerBackendParts<Device>) {
    this.device = device;
    this.#errors = errors;
    this.#work = eagerWork(backendName, errors, memory);
    this.#state = new ResidentState(errors);
  }

  async compile(program: EagerProgramSpec): Promise<EagerProgram> {
    this.#assertUsable();
    const { name } = program;
    this.#work(`Making the state of the program ${name}`, name, () => this.#state.declare(program.state));
    const compiled = new EagerProgram(program, this.#state, this.#work, this.#errors);
    this.#programs.add(compiled);
    return compiled;
  }

  async readState(names: readonly string[], into: ByName<EagerData> = {}): Promise<ByName<EagerData>> {
    this.#assertUsable();
    return this.#work("Reading resident state", undefined, () =>
      Object.fromEntries(names.map((name) => [name, this.#read(name, into)])),
    );
  }

  async writeState(values: ByName<EagerData>): Promise<void> {
    this.#assertUsable();
    this.#work("Writing resident state", undefined, () => this.#state.write(values));
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

  #read(name: string, into: ByName<EagerData>): EagerData {
    const { shape, dtype } = this.#state.get(name);
    // Of some backends these are the tensor's own values: a caller gets copies.
    const data = this.#state.get(name).dataSync() as HostValues;
    const given = Object.hasOwn(into, name) ? into[name] : undefined;
    const fits = given?.dtype === dtype && given.data.length === data.length;
    if (fits) given.data.set(data);
    return { shape: [...shape], dtype: dtype as EagerData["dtype"], data: fits ? given.data : data.slice() };
  }

  #assertUsable(): void {
    if (this.#disposed) throw this.#errors.CODEX_COMPUTE_DISPOSED({ what: "The compute backend was disposed." });
  }
}
