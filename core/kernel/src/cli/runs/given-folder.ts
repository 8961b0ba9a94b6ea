import { statSync } from "node:fs";
import { resolve } from "node:path";
import { cliErrors } from "../../errors/cli-errors.js";

/**
 * The folder of runs that a command line names, as an absolute path.
 *
 * @throws CODEX_RUN_NOT_FOUND where there is no such folder
 */
export function givenFolder(given: string, workingFolder: string): string {
  const folder = resolve(workingFolder, given);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return folder;
  throw cliErrors.CODEX_RUN_NOT_FOUND({
    what: found ? `${given} is not a folder.` : `There is no folder ${given}.`,
    where: folder,
    fix: "Name the folder that holds the runs, or leave --folder out for runs/ of the project.",
  });
}
