import { resolve } from "node:path";
import type { DeclareCommand } from "../command.js";
import { findProjectFolder, runsFolderOf } from "../project-folder.js";
import { shortPath } from "../short-path.js";

/** `codex runs`: what was trained. */
export const declareRuns: DeclareCommand = (command, context) => {
  const { workingFolder } = context.terminal;
  const runsFolder = (given?: string): string =>
    given === undefined ? runsFolderOf(findProjectFolder(workingFolder)) : resolve(workingFolder, given);

  command
    .command("list")
    .summary("list runs, newest first")
    .description("List the runs of this project, newest first.")
    .option("--folder FOLDER", "the folder that holds the runs (default: runs/ of the project)")
    .addHelpText("after", "\nExample:\n  $ codex runs list\n")
    .action(async (options: { folder?: string }) => {
      const { listRunsAnswer, renderRuns } = await import("../runs/run-views.js");
      const folder = runsFolder(options.folder);
      const runs = listRunsAnswer(folder);
      context.answer({ runs }, () => renderRuns(runs, folder));
    });

  command
    .command("show")
    .summary("show one run")
    .description("Show one run: how it went, its newest metrics and its checkpoints.")
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .addHelpText("after", "\nExample:\n  $ codex runs show latest\n")
    .action(async (reference: string) => {
      const { resolveRun } = await import("../runs/run-reference.js");
      const { renderRun } = await import("../runs/run-views.js");
      const run = resolveRun(reference, { workingFolder, runsFolder: runsFolder() });
      context.answer(run, () => renderRun(run, (path) => shortPath(workingFolder, path)));
    });
};
