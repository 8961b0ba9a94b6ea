import type { Named } from "../contracts/json.js";
import type { PartState, Stateful } from "../contracts/stateful.js";
import { isCodexError } from "../errors/codex-error.js";
import { partErrors } from "../errors/part-errors.js";

/** Whether a part has state that belongs into checkpoints. */
function isStateful(part: unknown): part is Stateful {
  const candidate = part as Partial<Stateful> | null | undefined;
  if (typeof candidate !== "object" || candidate === null) return false;
  const { stateVersion, saveState, loadState } = candidate;
  return typeof stateVersion === "number" && typeof saveState === "function" && typeof loadState === "function";
}

/** States of all stateful parts by label. The trainer puts its own into the checkpoint itself. */
export function savePartStates(parts: ReadonlyMap<string, unknown>): Named<PartState> {
  const states: Record<string, PartState> = {};
  for (const [label, part] of parts) {
    if (label !== "trainer" && isStateful(part))
      states[label] = { version: part.stateVersion, state: part.saveState() };
  }
  return states;
}

/**
 * Gives every stateful part back what a checkpoint keeps of it.
 *
 * @throws CODEX_PART_STATE
 */
export function loadPartStates(parts: ReadonlyMap<string, unknown>, states: Named<PartState>): void {
  for (const [label, part] of parts) {
    if (label === "trainer" || !isStateful(part) || !Object.hasOwn(states, label)) continue;
    const { version, state } = states[label]!;
    try {
      part.loadState(state, version);
    } catch (error) {
      if (isCodexError(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const what = `${label} cannot take back its state of version ${version}: ${reason}`;
      throw partErrors.CODEX_PART_STATE({ what, where: `checkpoint → parts.${label}`, cause: error });
    }
  }
}
