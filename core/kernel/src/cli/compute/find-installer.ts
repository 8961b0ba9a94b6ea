import type { RuntimeInstaller } from "../../contracts/runtime-installer.js";
import { cliErrors } from "../../errors/cli-errors.js";
import { loadInstaller } from "../../plugins/load-installer.js";
import type { CommandContext } from "../command.js";
import { readProject } from "../project.js";
import { findProjectFolder } from "../project-folder.js";

/**
 * The installer of a compute type.
 *
 * @throws CODEX_PLUGIN_UNKNOWN_TYPE, CODEX_CLI_INVALID_VALUE when there is nothing to install for it
 */
export async function findInstaller(type: string, { terminal }: CommandContext): Promise<RuntimeInstaller> {
  const { catalogue } = await readProject(findProjectFolder(terminal.workingFolder));
  const match = catalogue.find("compute", type, "command line");
  const file = match.entry.provides.compute?.[match.type]?.installer;
  if (file) return loadInstaller(match.entry, file);
  throw cliErrors.CODEX_CLI_INVALID_VALUE({
    what: `There is nothing to install for compute.type=${type}: ${match.entry.packageName} brings all it needs.`,
    where: "codex compute",
    fix: "Run `codex compute list` for the backends that need a library.",
  });
}
