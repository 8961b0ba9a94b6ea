import { resolve } from "node:path";
import { Option } from "commander";
import { runsFolderOf } from "../../run/runs-folder.js";
import type { DeclareCommand } from "../command.js";
import { wholeNumber } from "../option-values.js";
import { findProjectFolder } from "../project-folder.js";
import type { TopSettings } from "../runs/top-runs.js";
import { shortPath } from "../short-path.js";

/** `codex runs`: what was trained. */
export const declareRuns: DeclareCommand = (command, context) => {
  const { workingFolder } = context.terminal;
  const find = () => import("../runs/find-run.js");
  const runsFolder = async (given: string | undefined) => {
    if (given === undefined) return runsFolderOf(findProjectFolder(workingFolder));
    const { givenFolder } = await import("../runs/given-folder.js");
    return givenFolder(given, workingFolder);
  };

  command
    .command("list")
    .summary("list runs, newest first")
    .description("List the runs of this project, newest first.")
    .option("--folder <folder>", "the folder that holds the runs (default: runs/ of the project)")
    .option("--all", "also those that failed before their first step")
    .addHelpText("after", "\nExample:\n  $ codex runs list\n")
    .action(async (options: { folder?: string; all?: boolean }) => {
      const { listRunsAnswer, renderRuns } = await import("../runs/run-views.js");
      const folder = await runsFolder(options.folder);
      const answer = listRunsAnswer(folder, options.all === true);
      context.answer(answer, () => renderRuns(answer, folder));
    });

  command
    .command("top")
    .summary("rank runs by a metric")
    .description(
      "Rank the runs of this project by a metric: each by its best value, or its last. NaN ranks last; runs without " +
        "the metric are counted.",
    )
    .requiredOption("--metric <name>", "the metric, as in metrics.ndjson: eval/loss")
    .addOption(new Option("--mode <mode>", "which values are best").choices(["min", "max"]).default("min"))
    .addOption(new Option("--by <value>", "the value that counts of a run").choices(["best", "last"]).default("best"))
    .addOption(new Option("--limit <n>", "runs to show at the most").default(10).argParser(wholeNumber(1)))
    .option("--folder <folder>", "the folder that holds the runs (default: runs/ of the project)")
    .addHelpText(
      "after",
      "\nExamples:\n  $ codex runs top --metric eval/loss\n  $ codex runs top --metric eval/accuracy --mode max --limit 3 --json\n",
    )
    .action(async ({ folder: given, metric, mode, by, limit }: TopSettings & { folder?: string }) => {
      const [{ listRuns }, { topRuns, renderTopRuns }] = await Promise.all([
        import("../../run/run-summary.js"),
        import("../runs/top-runs.js"),
      ]);
      const folder = await runsFolder(given);
      const answer = await topRuns(listRuns(folder), { metric, mode, by, limit }, folder);
      context.answer(answer, () => renderTopRuns(answer));
    });

  command
    .command("show")
    .summary("show one run")
    .description("Show one run: how it went, its newest metrics and its checkpoints.")
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .addHelpText("after", "\nExample:\n  $ codex runs show latest\n")
    .action(async (reference: string) => {
      const [{ findRun }, { renderRun }] = await Promise.all([find(), import("../runs/run-views.js")]);
      const run = await findRun(reference, context);
      context.answer(run, () => renderRun(run, (path) => shortPath(workingFolder, path)));
    });

  command
    .command("report")
    .summary("write a run's report")
    .description("Write the report of a run: one HTML file with its curves, samples, config and environment.")
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .option("--output <file>", "where to write it (default: report.html in the run's folder)")
    .addHelpText("after", "\nExample:\n  $ codex runs report latest\n")
    .action(async (reference: string, options: { output?: string }) => {
      const [{ findRun }, { reportRun }] = await Promise.all([find(), import("../runs/report-run.js")]);
      const output = options.output === undefined ? undefined : resolve(workingFolder, options.output);
      const report = await reportRun(await findRun(reference, context), output);
      context.answer({ report }, () => `Report: ${shortPath(workingFolder, report)}\n`);
    });

  command
    .command("compare")
    .summary("compare runs")
    .description("Compare runs: how they ended and what their configs have apart; with --output, also their curves.")
    .argument("<runs...>", "two runs or more: folders, runIds, or `latest`")
    .option("--output <file>", "write the comparison as one HTML file too")
    .addHelpText("after", "\nExample:\n  $ codex runs compare RUN latest --output comparison.html\n")
    .action(async (references: string[], options: { output?: string }) => {
      const [{ findRuns }, { compareGivenRuns }] = await Promise.all([find(), import("../runs/report-run.js")]);
      const output = options.output === undefined ? undefined : resolve(workingFolder, options.output);
      const answer = await compareGivenRuns(await findRuns(references, context), output);
      context.answer(answer.comparison, () => {
        const written = output === undefined ? "" : `\nCurves: ${shortPath(workingFolder, output)}\n`;
        return `${answer.text}${written}`;
      });
    });

  command
    .command("sync")
    .summary("deliver to trackers what they have not of a run")
    .description(
      "Deliver what the trackers of a run that is over have not: after an outage, a crash, or to a tracker that is added.",
    )
    .argument("<run>", "a run's folder, its runId, or `latest`")
    .argument("[overrides...]", "changes of the run's config, as in `+tracker.mlflow={}`")
    .addHelpText("after", "\nExample:\n  $ codex runs sync latest +tracker.mlflow={}\n")
    .action(async (reference: string, overrides: string[]) => {
      const [{ findRun }, { syncRun, renderSync }] = await Promise.all([find(), import("../runs/sync-run.js")]);
      const answer = await syncRun(await findRun(reference, context), overrides, context);
      context.answer(answer, () => renderSync(answer));
      if (answer.trackers.some(({ hasAll }) => !hasAll)) context.setExitCode(1);
    });

  command
    .command("diff")
    .summary("say what two runs have apart")
    .description("Say what two runs have apart in config, parts, data and machine, and what of it can change numbers.")
    .argument("<first>", "a run's folder, its runId, or `latest`")
    .argument("<second>", "the other run")
    .addHelpText("after", "\nExample:\n  $ codex runs diff RUN latest\n")
    .action(async (first: string, second: string) => {
      const [{ findRuns }, { diffRuns, renderRunDifferences }] = await Promise.all([
        find(),
        import("../runs/diff-runs.js"),
      ]);
      const [before, after] = await findRuns([first, second], context);
      const differences = await diffRuns(before!, after!);
      context.answer(differences, () => renderRunDifferences(differences));
    });
};
