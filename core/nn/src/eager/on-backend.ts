import { getBackend, setBackend } from "@tensorflow/tfjs-core";

/** Runs an action with some tfjs backend as the current one. */
export type OnBackend = <Result>(action: () => Result) => Result;

/**
 * Runs actions with a tfjs backend as the current one and sets back the one before. The backend has to be loaded:
 * setting it then takes effect at once, although it returns a promise.
 */
export function onBackend(backendName: string): OnBackend {
  return (action) => {
    const before = getBackend();
    if (before === backendName) return action();
    void setBackend(backendName);
    try {
      return action();
    } finally {
      if (before) void setBackend(before);
    }
  };
}
