import type { Named, TensorSpec, TensorSpecs } from "codex-core";

/** Names of resident state in the compute backend, shared by all programs of a run. */
export const stateNames = {
  parameter: (name: string) => `parameter/${name}`,
  gradient: (name: string) => `gradient/${name}`,
  optimizer: (slot: string, name: string) => `optimizer/${slot}/${name}`,
  cache: (name: string) => `cache/${name}`,
} as const;

/** Specifications under their state names. */
export function renamed(specs: TensorSpecs, rename: (name: string) => string): Record<string, TensorSpec> {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [rename(name), spec]));
}

/** Picks state by the names that `rename` gives, back under the plain names. */
export function picked<Value>(
  state: Named<Value>,
  names: Iterable<string>,
  rename: (name: string) => string,
): Record<string, Value> {
  return Object.fromEntries([...names].map((name) => [name, state[rename(name)] as Value]));
}
