import { CodexError } from "codex-core";
import { PluginCatalogue } from "#src/plugins/catalogue.js";
import type { PluginEntry } from "#src/plugins/plugin-entry.js";

/** A plugin's entry as discovery would give it. */
export function fakeEntry(
  name: string,
  provides: PluginEntry["provides"] = {},
  more: Partial<PluginEntry> = {},
): PluginEntry {
  return { packageName: name, version: "1.2.3", folder: `/p/${name}`, api: "^1.0", provides, includes: [], ...more };
}

export const schema = { schema: {} };

export const brokenEntry = fakeEntry(
  "codex-plugin-broken",
  { tracker: { broken: schema } },
  {
    problem: new CodexError("CODEX_PLUGIN_API_RANGE", 2, { what: "It is too old.", where: "/p/x", fix: "Update it." }),
  },
);

export function fakeCatalogue(...entries: PluginEntry[]): PluginCatalogue {
  return new PluginCatalogue(entries, ["/p/node_modules"]);
}
