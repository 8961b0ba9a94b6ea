import { computeOnnxErrors } from "../errors.js";
import { fatalOnly } from "./load-session.js";
import type { Fail, OrtApi, Pointer } from "./ort-api.js";

const arenaAllocator = 1;
/** No arena: what is asked for is taken from the device itself. */
export const deviceAllocator = 0;
export const defaultMemory = 0;
/** kSameAsRequested: grow by what is asked for, not by doubling. */
const sameAsRequested = 1;

/** What all sessions of the process share: the environment and one arena for values between operators. */
export interface NativeEnvironment {
  readonly env: Pointer;
  /** Describes plain host memory: ours. */
  readonly memoryInfo: Pointer;
  /** Describes the shared arena. */
  readonly arenaInfo: Pointer;
  /** Gives up one use; the last one frees the arena. */
  release(): void;
}

interface SharedEnvironment {
  readonly environment: NativeEnvironment;
  uses: number;
}

const shared = new Map<OrtApi, SharedEnvironment>();

const fail: Fail = (message) =>
  computeOnnxErrors.CODEX_COMPUTE_SESSION({ what: `ONNX Runtime did not start: ${message}` });

/**
 * The process's environment, made at first use. The arena never gives memory back while a session lives; it is limited
 * by the `arenaLimitBytes` of whoever comes first.
 */
export function acquireEnvironment(api: OrtApi, arenaLimitBytes: number | undefined): NativeEnvironment {
  const known = shared.get(api);
  if (known) {
    known.uses++;
    return known.environment;
  }
  const env = api.create("createEnv", fail, fatalOnly, "codex");
  const memoryInfo = api.create("createCpuMemoryInfo", fail, deviceAllocator, defaultMemory);
  const arenaInfo = api.create("createCpuMemoryInfo", fail, arenaAllocator, defaultMemory);
  const config = api.create("createArenaCfg", fail, arenaLimitBytes ?? 0, sameAsRequested, -1, -1);
  try {
    api.check("createAndRegisterAllocator", fail, env, arenaInfo, config);
  } finally {
    api.release("releaseArenaCfg", config);
  }
  const entry: SharedEnvironment = {
    uses: 1,
    environment: {
      env,
      memoryInfo,
      arenaInfo,
      release() {
        if (--entry.uses > 0) return;
        shared.delete(api);
        api.check("unregisterAllocator", fail, env, arenaInfo);
        api.release("releaseMemoryInfo", arenaInfo);
        api.release("releaseMemoryInfo", memoryInfo);
        api.release("releaseEnv", env);
      },
    },
  };
  shared.set(api, entry);
  return entry.environment;
}
