import type { DeclareCommand } from "../command.js";

/** `codex metrics`: what was measured, as tables. */
export const declareMetrics: DeclareCommand = (command, context) => {
  command
    .command("ingest")
    .summary("put the metrics of runs into a database or a table file")
    .description(
      "Put the metrics of runs into one file for SQL, a notebook or a spreadsheet: a row for each value, and a table " +
        "of the runs. Again with the same runs, it brings the file to their newest state; what else is in it stays.",
    )
    .argument("<runs...>", "runs (a folder, a runId, `latest`) or folders of runs, then the FILE")
    .requiredOption("--to <type>", "what the file is: sqlite, duckdb, parquet, csv, or what a plugin adds")
    .addHelpText(
      "after",
      `
Examples:
  $ codex metrics ingest runs --to sqlite metrics.db
  $ codex metrics ingest latest --to csv metrics.csv
  $ codex metrics ingest RUN latest --to parquet metrics.parquet
`,
    )
    .action(async (words: string[], options: { to: string }) => {
      const { ingest } = await import("../metrics/ingest.js");
      await ingest(words, options.to, context);
    });
};
