import { computeErrors, type Named, type TensorData, type TensorSpec, type TypedArray } from "codex-core";
import {
  type AddressOf,
  alignElements,
  allocateBlock,
  allocateTensor,
  elementCount,
  viewMemory,
} from "./aligned-memory.js";
import type { MemoryBudget } from "./memory-budget.js";
import { kindOf, ownName } from "./state-kind.js";
import { checkSpec, checkValues } from "./state-spec.js";

/** One named tensor that stays in memory between runs. */
interface ResidentState {
  readonly name: string;
  readonly spec: TensorSpec;
  readonly length: number;
  /** Place among the states of its kind, the same in every kind. */
  readonly rank: number;
  memory: TypedArray | undefined;
  /** A second buffer for programs that may not write in place. */
  shadow: TypedArray | undefined;
  /** Grows whenever the values may have changed. */
  edition: number;
  /** Part of a program that wants the states of a kind side by side: never swapped with its shadow. */
  pinned: boolean;
}

/** The states of one kind, side by side in one block once they are settled. */
interface StateKind {
  readonly states: Map<string, ResidentState>;
  /** States were added that have no place in the block, or none that lasts. */
  settled: boolean;
  blockBytes: number;
  /** Bytes of states that wait for a place in the block. */
  looseBytes: number;
}

/**
 * Resident state by name. States of one kind (`parameter/`, `optimizer/exp_avg/` …) lie in one block, matrices before
 * vectors, in the same order in every kind, so that an elementwise program over all parameters finds its operands in a
 * few long runs.
 */
export class StateArena {
  readonly #states = new Map<string, ResidentState>();
  readonly #kinds = new Map<string, StateKind>();
  readonly #ranks = new Map<string, number>();
  #version = 0;
  #editions = 0;

  constructor(
    readonly budget: MemoryBudget,
    readonly addressOf?: AddressOf,
  ) {}

  /** Changes whenever any state's memory does. */
  get version(): number {
    return this.#version;
  }

  /** Refuses a state that is known with another specification. @throws CODEX_COMPUTE_STATE_MISMATCH */
  check(name: string, spec: TensorSpec): void {
    const known = this.#states.get(name);
    if (known) checkSpec(name, known.spec, spec);
  }

  /** Names a state, zero at first. @throws CODEX_COMPUTE_STATE_MISMATCH when it has another specification. */
  declare(name: string, spec: TensorSpec): void {
    this.check(name, spec);
    if (this.#states.has(name)) return;
    const key = ownName(name);
    const rank = this.#ranks.get(key) ?? this.#ranks.size;
    this.#ranks.set(key, rank);
    const state: ResidentState = {
      name,
      spec: { shape: [...spec.shape], dtype: spec.dtype },
      length: elementCount(spec.shape),
      rank,
      memory: undefined,
      shadow: undefined,
      edition: ++this.#editions,
      pinned: false,
    };
    const kind = this.#kinds.get(kindOf(name)) ?? { states: new Map(), settled: true, blockBytes: 0, looseBytes: 0 };
    kind.states.set(name, state);
    kind.settled = false;
    this.#kinds.set(kindOf(name), kind);
    this.#states.set(name, state);
  }

  /** The state's memory as it is now. @throws CODEX_COMPUTE_UNKNOWN_STATE, CODEX_COMPUTE_MEMORY */
  memoryOf(name: string): TypedArray {
    const state = this.#find(name);
    const kind = this.#kinds.get(kindOf(name))!;
    if (!kind.settled) this.#settle(kindOf(name), kind);
    return state.memory!;
  }

  /** A second buffer of the state's size, to be written while the first is read. */
  shadowOf(name: string): TypedArray {
    const state = this.#find(name);
    if (!state.shadow) {
      this.budget.take(byteSize(state), `A second buffer for ${name}`);
      state.shadow = allocateTensor(state.spec, this.addressOf);
    }
    return state.shadow;
  }

  /** The buffers that the state has now: its memory, and its shadow where there is one. */
  buffersOf(name: string): readonly TypedArray[] {
    const { memory, shadow } = this.#find(name);
    return [memory, shadow].filter((buffer) => buffer !== undefined);
  }

  /** Makes the shadow's values the state's. */
  adoptShadow(name: string): void {
    const state = this.#find(name);
    if (!state.shadow || !state.memory) return;
    if (state.pinned) {
      state.memory.set(state.shadow);
      return;
    }
    [state.memory, state.shadow] = [state.shadow, state.memory];
    this.#version++;
  }

  /** Keeps the state where it is from now on. */
  pin(name: string): void {
    this.#find(name).pinned = true;
  }

  /** Notes that states' values change. @throws CODEX_COMPUTE_UNKNOWN_STATE */
  noteWritten(names: readonly string[]): void {
    this.#editions++;
    for (const name of names) this.#find(name).edition = this.#editions;
  }

  /** A number that is another whenever the values of any of the states may be. @throws CODEX_COMPUTE_UNKNOWN_STATE */
  editionOf(names: readonly string[]): number {
    return Math.max(...names.map((name) => this.#find(name).edition));
  }

  /** A copy of the state, in the array of `into` if that fits. @throws CODEX_COMPUTE_UNKNOWN_STATE */
  read(name: string, into?: TensorData): TensorData {
    const { spec, length } = this.#find(name);
    if (into?.dtype === spec.dtype && into.data.length === length) {
      into.data.set(this.memoryOf(name));
      return { ...spec, data: into.data };
    }
    return { ...spec, data: this.memoryOf(name).slice() };
  }

  /** Sets states, naming those that are new; all of them, or none. @throws CODEX_COMPUTE_STATE_MISMATCH */
  writeAll(values: Named<TensorData>): void {
    for (const [name, value] of Object.entries(values)) {
      checkValues(name, value);
      this.check(name, value);
    }
    const known = Object.entries(values).filter(([name]) => this.#states.has(name));
    const fresh = Object.entries(values).filter(([name]) => !this.#states.has(name));
    // All that can fail comes before the first change: places for what is known, memory for what is new.
    const places = known.map(([name, { data }]) => ({ memory: this.memoryOf(name), data }));
    const bytes = fresh.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
    const what = fresh.length === 1 ? `The state ${fresh[0]?.[0]}` : `${fresh.length} states`;
    this.budget.check(bytes, what);
    const copies = fresh.map(([name, value]) => ({ name, value, memory: value.data.slice() }));
    this.budget.take(bytes, what);
    this.noteWritten(known.map(([name]) => name));
    for (const { memory, data } of places) memory.set(data);
    for (const { name, value, memory } of copies) this.#add(name, value, memory);
  }

  /** Sets a state, naming it when it is new. @throws CODEX_COMPUTE_STATE_MISMATCH */
  write(name: string, value: TensorData): void {
    this.writeAll({ [name]: value });
  }

  /** Forgets states; the memory of a kind is freed when its last state goes, or when the kind is settled again. */
  release(names: readonly string[]): void {
    for (const name of names) {
      const state = this.#states.get(name);
      if (!state) continue;
      const key = kindOf(name);
      const kind = this.#kinds.get(key)!;
      if (state.shadow) this.budget.give(byteSize(state));
      this.#states.delete(name);
      kind.states.delete(name);
      if (kind.states.size === 0) {
        this.budget.give(kind.blockBytes + kind.looseBytes);
        this.#kinds.delete(key);
      }
    }
    this.#version++;
  }

  /** Names a new state. Values often come before the programs: they wait by themselves until the kind is complete. */
  #add(name: string, spec: TensorSpec, memory: TypedArray): void {
    this.declare(name, spec);
    this.#find(name).memory = memory;
    this.#kinds.get(kindOf(name))!.looseBytes += memory.byteLength;
  }

  #find(name: string): ResidentState {
    const state = this.#states.get(name);
    if (state) return state;
    throw computeErrors.CODEX_COMPUTE_UNKNOWN_STATE({ what: `There is no resident state ${name}.`, where: name });
  }

  /** Lays the states of a kind side by side in a new block and moves their values there. */
  #settle(key: string, kind: StateKind): void {
    const states = [...kind.states.values()].sort(
      (a, b) => Number(isVector(a)) - Number(isVector(b)) || a.rank - b.rank,
    );
    const elements = states.reduce((sum, state) => sum + alignElements(state.length), 0);
    const block = allocateBlock(elements, this.addressOf);
    this.budget.take(block.sizeBytes, `The state ${key}`);
    let offset = block.start;
    for (const state of states) {
      const memory = viewMemory(block.buffer, state.spec.dtype, offset, state.length);
      if (state.memory) memory.set(state.memory);
      state.memory = memory;
      if (state.shadow) this.budget.give(byteSize(state));
      state.shadow = undefined;
      offset += alignElements(state.length) * Float32Array.BYTES_PER_ELEMENT;
    }
    this.budget.give(kind.blockBytes + kind.looseBytes);
    kind.blockBytes = block.sizeBytes;
    kind.looseBytes = 0;
    kind.settled = true;
    this.#version++;
  }
}

/** Names all states of a program, or none. @throws CODEX_COMPUTE_STATE_MISMATCH */
export function declareStates(arena: StateArena, specs: Named<TensorSpec>): void {
  for (const [name, spec] of Object.entries(specs)) arena.check(name, spec);
  for (const [name, spec] of Object.entries(specs)) arena.declare(name, spec);
}

const byteSize = (state: ResidentState): number => state.length * Float32Array.BYTES_PER_ELEMENT;

const isVector = (state: ResidentState): boolean => state.spec.shape.length < 2;
