import type { Json } from "./json.js";

/**
 * A part whose state belongs into checkpoints. Any part may implement it; the kernel finds it by its members.
 * `version` in `loadState` is the `stateVersion` that wrote the state, so that a newer part can migrate it.
 */
export interface Stateful {
  readonly stateVersion: number;
  saveState(): Json;
  loadState(state: Json, version: number): void;
}

/** The saved state of one part. */
export interface PartState {
  readonly version: number;
  readonly state: Json;
}
