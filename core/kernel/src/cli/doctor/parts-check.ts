import { join } from "node:path";
import { activatePlugin } from "../../plugins/activate-plugin.js";
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
      for (const { point, type, provider } of await activatePlugin(entry, loadLimitMs)) {
        const seen = (await provider.check?.({ folders })) ?? [];
        findings.push(...seen.map((finding) => ({ name: `${point.key} ${type}`, ...finding })));
      }
    }
    return findings;
  },
};
