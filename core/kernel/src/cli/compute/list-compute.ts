import type { RuntimeState } from "../../contracts/runtime-installer.js";
import type { PluginCatalogue } from "../../plugins/catalogue.js";
import { loadInstaller } from "../../plugins/load-installer.js";
import { renderTable } from "../../text/text-table.js";
import type { CommandContext } from "../command.js";
import { readProject } from "../project.js";
import { findProjectFolder } from "../project-folder.js";

/** A compute backend, and the libraries that are installed apart for it. */
export interface ListedCompute {
  readonly type: string;
  readonly plugin: string;
  /** Undefined for a backend whose package brings all it needs. */
  readonly runtimes?: readonly RuntimeState[];
}

/** All compute backends of usable plugins. */
export async function readCompute(
  catalogue: PluginCatalogue,
  env: { readonly [name: string]: string | undefined },
): Promise<ListedCompute[]> {
  const listed: ListedCompute[] = [];
  for (const entry of catalogue.entries) {
    if (entry.problem) continue;
    for (const [type, { installer }] of Object.entries(entry.provides.compute ?? {})) {
      const runtimes = installer && (await (await loadInstaller(entry, installer)).states(env));
      listed.push({ type, plugin: entry.packageName, ...(runtimes ? { runtimes } : {}) });
    }
  }
  return listed;
}

/** `codex compute list`. */
export async function listCompute(context: CommandContext): Promise<void> {
  const { workingFolder, env } = context.terminal;
  const { catalogue } = await readProject(findProjectFolder(workingFolder));
  const backends = await readCompute(catalogue, env);
  context.answer({ backends }, () => {
    const rows = backends.flatMap(({ type, plugin, runtimes }) =>
      runtimes
        ? runtimes.map(({ name, status, folder }) => [type, name, status, status === "absent" ? "" : folder])
        : [[type, plugin, "installed", ""]],
    );
    const notes = backends
      .flatMap(({ runtimes = [] }) => runtimes)
      .filter(({ status, needs }) => status !== "installed" && needs !== undefined)
      .map(({ name, needs }) => `\n${name} needs ${needs}.`);
    const table = renderTable([["type", "computes with", "state", "folder"], ...rows]);
    return notes.length === 0 ? table : `${table}${notes.join("")}\n`;
  });
}
