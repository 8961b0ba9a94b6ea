import type { PartFinding } from "./plugin.js";
import type { RuntimeState } from "./runtime-installer.js";

/**
 * What a part's `check` tells of libraries that `codex compute install TYPE` installs: each is whole, or not there at
 * all (then nobody needs it yet).
 */
export function runtimeFindings(type: string, states: readonly RuntimeState[]): readonly PartFinding[] {
  const partial = states.filter(({ status }) => status === "partial");
  if (partial.length > 0) {
    const fix = `Go on with it, codex compute install ${type}, or take it away: codex compute remove ${type}`;
    return partial.map(({ folder, detail }) => ({ status: "failed", detail: `${detail}: ${folder}`, fix }));
  }
  const there = states.filter(({ status }) => status === "installed");
  if (there.length === 0) {
    const detail = `not installed; only compute.type=${type} needs it: codex compute install ${type}`;
    return [{ status: "note", detail }];
  }
  return [{ status: "ok", detail: there.map(({ name, detail }) => `${name} (${detail})`).join(", ") }];
}
