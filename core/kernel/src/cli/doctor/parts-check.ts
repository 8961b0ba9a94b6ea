import { join } from "node:path";
import type { PartFinding } from "../../contracts/plugin.js";
import { activatePlugin } from "../../plugins/activate-plugin.js";
import { toCodexError } from "../render-error.js";
import type { Check, Finding } from "./check.js";

/** Milliseconds that a plugin's code may take to load. */
const loadLimitMs = 20_000;

/** What the parts of the plugins that are there say of themselves. */
export const partsCheck: Check = {
  name: "parts",
  async run({ project: { catalogue, folder } }) {
    const folders = { project: folder, cache: join(folder, ".codex", "cache") };
    const findings: Finding[] = [];
    for (const entry of catalogue.entries) {
      const hasCode = entry.definition !== undefined || Object.keys(entry.provides).length > 0;
      if (entry.problem || !hasCode) continue;
      try {
        for (const { point, type, provider } of await activatePlugin(entry, loadLimitMs)) {
          const name = `${point.key} ${type}`;
          const seen = await Promise.resolve(provider.check?.({ folders })).catch((error) => [failure(error)]);
          findings.push(...(seen ?? []).map((finding) => ({ name, ...finding })));
        }
      } catch (error) {
        findings.push({ name: `plugin ${entry.packageName}`, ...failure(error) });
      }
    }
    return findings;
  },
};

function failure(error: unknown): PartFinding {
  const { what, fix } = toCodexError(error);
  return { status: "failed", detail: what, ...(fix === undefined ? {} : { fix }) };
}
