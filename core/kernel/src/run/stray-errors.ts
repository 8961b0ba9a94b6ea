import { AsyncLocalStorage } from "node:async_hooks";

type Tell = (error: unknown) => void;

const owners = new AsyncLocalStorage<Tell>();

/**
 * Makes a call of a part without which the process can go on. `tell` gets what the call leaves behind throws when nobody
 * can catch it: in a timer, for an event, or as a promise that nobody waits for. It does so where the process asks
 * `tellOwner`.
 */
export function owningStrays<Value>(tell: Tell, call: () => Value): Value {
  return owners.run(tell, call);
}

/**
 * Tells an uncaught error to the owner of the call that it came of. A listener of `uncaughtException` has to ask before
 * it waits for anything: until then it runs in the async context of what threw.
 *
 * @returns false where there is no owner, or it could not be told
 */
export function tellOwner(error: unknown): boolean {
  const tell = owners.getStore();
  if (!tell) return false;
  try {
    owners.exit(() => tell(error));
    return true;
  } catch {
    return false;
  }
}
