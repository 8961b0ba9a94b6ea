import type { TypedArray } from "codex-core";
import type { Port } from "../compiled-graph.js";
import { computeOnnxErrors } from "../errors.js";
import type { NativeEnvironment } from "./native-environment.js";
import type { Fail, OrtApi, Pointer } from "./ort-api.js";
import type { RuntimeTensor } from "./runtime.js";

/** ONNXTensorElementDataType by our name. */
export const elementTypes = { float32: 1, int32: 6 } as const;

const fail: Fail = (message) => computeOnnxErrors.CODEX_COMPUTE_RUN({ what: `A tensor was refused: ${message}` });

/** An OrtValue over memory of ours. */
export class NativeTensor implements RuntimeTensor {
  readonly #api: OrtApi;
  #value: Pointer;

  constructor(
    api: OrtApi,
    environment: NativeEnvironment,
    readonly data: TypedArray,
    { dtype, shape }: Pick<Port, "dtype" | "shape">,
  ) {
    this.#api = api;
    const dimensions = BigInt64Array.from(shape, BigInt);
    this.#value = api.create(
      "createTensorWithData",
      fail,
      environment.memoryInfo,
      data,
      data.byteLength,
      dimensions,
      dimensions.length,
      elementTypes[dtype],
    );
  }

  get value(): Pointer {
    return this.#value;
  }

  dispose(): void {
    if (this.#value) this.#api.release("releaseValue", this.#value);
    this.#value = 0n;
  }
}
