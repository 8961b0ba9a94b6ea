import { engine } from "@tensorflow/tfjs-core";
import type { EagerErrors } from "./eager-types.js";

/**
 * Runs a body in which a tensor's `data`, `dataSync` and what is built on them are refused. Kernels read from their
 * backend and are not concerned.
 */
export function withoutReading<Result>(program: string, errors: EagerErrors, body: () => Result): Result {
  const refuse = (): never => {
    throw errors.CODEX_COMPUTE_READ_IN_BODY({
      what: `The body of the program ${program} reads the values of a tensor.`,
      where: program,
    });
  };
  const tensors = engine();
  Object.assign(tensors, { read: refuse, readSync: refuse });
  try {
    return body();
  } finally {
    for (const name of ["read", "readSync"]) Reflect.deleteProperty(tensors, name);
  }
}
