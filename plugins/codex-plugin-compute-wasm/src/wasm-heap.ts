import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { TensorInfo } from "@tensorflow/tfjs-core";
import { MemoryShortage, TensorMemory } from "codex-nn";

/** What is not public of the module. */
interface Module {
  readonly HEAPU8: Uint8Array;
  /** The address of so much memory, as a signed number; 0 where there is none. */
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
}

/** Most bytes that WebAssembly can address. */
const addressableBytes = 2 ** 32;

/** What always has to be free beside the tensors: kernels' own bookkeeping, which ends the module where it finds none. */
const spareBytes = 2 ** 20;

/**
 * The memory of the WebAssembly module. By itself the library takes no notice of memory that it did not get: it writes
 * the tensor to address 0, over the module's own data. Here every allocation is looked at, and counted.
 */
export class WasmHeap {
  readonly #memory = new TensorMemory();
  readonly #module: Module;
  readonly #allocate: Module["_malloc"];
  readonly #free: Module["_free"];
  /** Bytes of a tensor, and of what is kept with it, by its address. */
  readonly #sizes = new Map<number, number>();
  readonly #packed = new Set<number>();
  /** What was made by the work that goes on. */
  #made: object[] | undefined;

  constructor(private readonly backend: BackendWasm) {
    const module = backend.wasm as unknown as Module;
    // The module puts its own functions there when they are called for the first time.
    module._free(module._malloc(1));
    this.#module = module;
    this.#allocate = module._malloc;
    this.#free = module._free;
    module._malloc = (sizeBytes) => this.#take(sizeBytes);
    module._free = (address) => this.#give(address);
    const { dataIdMap } = backend as unknown as { readonly dataIdMap: WeakMap<object, unknown> };
    const set = dataIdMap.set.bind(dataIdMap);
    dataIdMap.set = (dataId, data) => {
      this.#made?.push(dataId);
      return set(dataId, data);
    };
  }

  get usedBytes(): number {
    return this.#memory.usedBytes;
  }

  /** Runs work whose tensors may take so much with all others. What work that fails has made is freed. */
  within<Result>(limitBytes: number | undefined, work: () => Result): Result {
    const made: object[] = [];
    this.#made = made;
    try {
      return this.#memory.limited(limitBytes, work);
    } catch (error) {
      for (const dataId of made) this.backend.disposeData(dataId, true);
      throw error;
    } finally {
      this.#made = undefined;
    }
  }

  /**
   * Makes sure that a product can pack its right side: the library keeps a packed copy as long as the tensor, and where
   * there is no memory for it, it goes on without the product. The product itself is made before the copy.
   *
   * @throws MemoryShortage
   */
  roomToPack(weights: TensorInfo, productBytes: number): void {
    const address = this.backend.getMemoryOffset(weights.dataId);
    if (this.#packed.has(address)) return;
    const sizeBytes = packedBytes(weights.shape);
    this.#memory.take(sizeBytes);
    if (!this.#hasRoom(sizeBytes, productBytes, spareBytes)) throw this.#shortage(sizeBytes);
    this.#packed.add(address);
    this.#sizes.set(address, (this.#sizes.get(address) ?? 0) + sizeBytes);
  }

  #take(sizeBytes: number): number {
    this.#memory.take(sizeBytes);
    const address = this.#find(sizeBytes);
    if (address === 0 || !this.#hasRoom(spareBytes)) {
      this.#free(address);
      throw this.#shortage(sizeBytes);
    }
    this.#sizes.set(address >>> 0, sizeBytes);
    return address;
  }

  #give(address: number): void {
    this.#memory.give(this.#sizes.get(address >>> 0) ?? 0);
    this.#sizes.delete(address >>> 0);
    this.#packed.delete(address >>> 0);
    this.#free(address);
  }

  /** Whether all of it can be had at once now. */
  #hasRoom(...sizes: number[]): boolean {
    const addresses = sizes.map((sizeBytes) => this.#find(sizeBytes));
    for (const address of addresses) this.#free(address);
    return !addresses.includes(0);
  }

  /** The module takes sizes modulo what it can address. */
  #find(sizeBytes: number): number {
    return sizeBytes < addressableBytes ? this.#allocate(sizeBytes) : 0;
  }

  /** The error for what was counted and is not there. */
  #shortage(sizeBytes: number): MemoryShortage {
    const inAll = this.usedBytes;
    this.#memory.give(sizeBytes);
    const heapBytes = this.#module.HEAPU8.length;
    return new MemoryShortage(
      `A tensor needs ${sizeBytes} bytes, ${inAll} in all; WebAssembly can have 4 GiB, got ${heapBytes} bytes, and gets no more.`,
    );
  }
}

/** Bytes of a packed matrix [1, rows, columns]: columns in groups of up to 16, with a bias each. */
function packedBytes(shape: readonly number[]): number {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return (rows + 1) * (Math.ceil(columns / 16) * 16) * Float32Array.BYTES_PER_ELEMENT;
}
