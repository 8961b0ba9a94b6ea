import type { EagerErrors } from "./eager-types.js";
import { type OnBackend, onBackend } from "./on-backend.js";
import { type EagerMemory, MemoryShortage } from "./tensor-memory.js";

/** Runs an action that computes or takes memory. `what` begins the message where memory is short: `The program p`. */
export type EagerWork = <Result>(what: string, where: string | undefined, action: () => Result) => Result;

/** How JavaScript says that there is no memory for an array, or never will be. */
const arrayMessage = /allocation failed|Invalid typed array length|Invalid array buffer length/;

/**
 * Runs actions on a tfjs backend, under its memory's limit.
 *
 * @throws CODEX_COMPUTE_MEMORY where memory is short
 */
export function eagerWork(backendName: string, errors: EagerErrors, memory?: EagerMemory): EagerWork {
  const on: OnBackend = onBackend(backendName);
  const isShort = (error: Error) =>
    error instanceof MemoryShortage ||
    (error instanceof RangeError && arrayMessage.test(error.message)) ||
    memory?.isShort(error) === true;
  return (what, where, action) => {
    try {
      return on(() => (memory ? memory.within(action) : action()));
    } catch (error) {
      if (!(error instanceof Error) || !isShort(error)) throw error;
      const option = error instanceof MemoryShortage ? error.where : undefined;
      throw errors.CODEX_COMPUTE_MEMORY({
        what: `${what} failed for lack of memory: ${error.message}`,
        where: option ?? where,
        cause: error,
      });
    }
  };
}
