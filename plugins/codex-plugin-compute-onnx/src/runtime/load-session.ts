import type { NativeEnvironment } from "./native-environment.js";
import type { Fail, OrtApi, Pointer } from "./ort-api.js";

const allOptimizations = 99;
/** What fails comes back as a status: nothing but the end of the process is logged. */
export const fatalOnly = 4;

export interface SessionSource {
  /** The model as ONNX. */
  readonly bytes: Uint8Array;
  readonly threads: number;
  /** Adds what is not set for all sessions alike. */
  configure(options: Pointer): void;
}

/**
 * Loads a model, off the main thread.
 *
 * @throws what `fail` makes of the runtime's message
 */
export async function loadSession(
  api: OrtApi,
  { env }: Pick<NativeEnvironment, "env">,
  { bytes, threads, configure }: SessionSource,
  fail: Fail,
): Promise<Pointer> {
  const options = api.create("createSessionOptions", fail);
  try {
    api.check("setIntraOpNumThreads", fail, options, threads);
    api.check("setSessionGraphOptimizationLevel", fail, options, allOptimizations);
    api.check("setSessionLogSeverityLevel", fail, options, fatalOnly);
    api.check("disableMemPattern", fail, options);
    // Idle workers would spin and starve whoever runs next.
    api.check("addSessionConfigEntry", fail, options, "session.force_spinning_stop", "1");
    configure(options);
    return await api.createAsync("createSessionFromArray", fail, env, bytes, bytes.byteLength, options);
  } finally {
    api.release("releaseSessionOptions", options);
  }
}

/** Zero-terminated names and the array of pointers to them. */
export interface PortNames {
  readonly pointers: BigUint64Array;
  readonly texts: readonly Uint8Array[];
}

export function portNames(api: OrtApi, names: readonly string[]): PortNames {
  const texts = names.map((name) => new TextEncoder().encode(`${name}\0`));
  return { texts, pointers: BigUint64Array.from(texts, (text) => api.addressOf(text)) };
}
