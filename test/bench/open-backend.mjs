import { ComputePoint } from "codex-core";

/** Backends that a benchmark can compute on; each is a plugin of this name. */
export const computeNames = ["onnx", "tensorflow", "wasm"];

/**
 * The backend of a plugin, with options as a config would write them.
 *
 * @param {string} compute one of `computeNames`
 * @param {object} options validated by the plugin's own schema
 * @throws Error when the plugin is not installed or refuses an option.
 */
export async function openBackend(compute, options = {}) {
  const name = `codex-plugin-compute-${compute}`;
  const { default: plugin } = await import(name);
  const provided = [];
  plugin.register({ provide: (point, type, provider) => provided.push({ point, type, provider }) });
  const { provider } = provided.find(({ point, type }) => point.key === ComputePoint.key && type === compute);
  const checked = await provider.options["~standard"].validate(options);
  if (checked.issues) {
    const issues = checked.issues.map(({ path = [], message }) => [...path.map(String), message].join(": "));
    throw new Error(`${name} refuses its options: ${issues.join("; ")}`);
  }
  return provider.create({}, checked.value, context(compute));
}

/** What the kernel gives to a factory; warnings reach the reader of a figure. */
function context(name) {
  const nothing = () => undefined;
  const warn = (message, fields) => console.error(message, fields ?? "");
  return {
    name,
    logger: { debug: nothing, info: nothing, warn, error: warn },
    signal: new AbortController().signal,
    seed: 1,
    folders: { project: process.cwd(), cache: ".codex/cache" },
  };
}

/** A compute backend's options by the flags `device`, `no-native`, `threads` and `runtime`; absent where not given. */
export function backendOptions(flags) {
  return {
    ...(flags.device === undefined ? {} : { device: flags.device }),
    ...(flags["no-native"] ? { native: false } : {}),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    ...(flags.runtime === undefined ? {} : { runtime: flags.runtime }),
  };
}
