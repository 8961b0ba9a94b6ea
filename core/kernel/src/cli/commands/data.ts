import { type Command, Option } from "commander";
import type { Split } from "../../contracts/batch-source.js";
import type { DeclareCommand } from "../command.js";
import { addConfigOptions, type ConfigOptions } from "../config-options.js";
import { homepage, spdxExpression, wholeNumber } from "../option-values.js";

/** Options of `codex data inspect`. */
export interface InspectDataOptions extends ConfigOptions {
  readonly split?: Split;
  readonly position?: number;
  readonly rows?: number;
  readonly contextLength?: number;
}

/** Options of `codex data add`. */
export interface AddDatasetOptions extends ConfigOptions {
  readonly license?: string;
  readonly homepage?: string;
}

/** `codex data`: what models are trained on. */
export const declareData: DeclareCommand = (command, context) => {
  command.addHelpText("after", "\nExample:\n  $ codex data inspect --config quickstart --rows 2\n");
  const subcommand = (name: string, summary: string, example: string): Command =>
    command.command(name).summary(summary).addHelpText("after", `\nExample:\n  $ codex data ${example}\n`);

  addConfigOptions(subcommand("prepare", "make the tokens of a config's data", "prepare --config quickstart"))
    .description("Make the tokens of a config's data, where they are not made yet, and say what they are.")
    .action(async (words: string[], options: ConfigOptions) => {
      const { prepareData } = await import("../data/prepare-data.js");
      await prepareData(options, words, context);
    });

  addConfigOptions(subcommand("inspect", "show what a model will see", "inspect --config quickstart --rows 2"))
    .description(
      "Show rows of a microBatch as text: which of it is learned, which is only read, where documents begin. " +
        "With --json, the ids too.",
    )
    .addOption(new Option("--split <name>", "the split to read (default: train)").choices(["train", "validation"]))
    .option("--position <number>", "the microBatch to read, from 0 on (default: 0)", wholeNumber(0))
    .option("--rows <count>", "rows to show (default: 4)", wholeNumber(1))
    .option("--context-length <tokens>", "tokens of a row (default: the model's context)", wholeNumber(1))
    .action(async (words: string[], options: InspectDataOptions) => {
      const { inspectData } = await import("../data/inspect-data.js");
      await inspectData(options, words, context);
    });

  addConfigOptions(subcommand("verify", "compare prepared data with its manifest", "verify --config quickstart"))
    .description(
      "Read all that was prepared, and the files that it was made of, and compare with the manifest. " +
        "Exit code 1 when something differs.",
    )
    .action(async (words: string[], options: ConfigOptions) => {
      const { verifyData } = await import("../data/verify-data.js");
      await verifyData(options, words, context);
    });

  addConfigOptions(subcommand("stats", "count a config's data", "stats --config quickstart"))
    .description(
      "Count documents and tokens by source and split: their lengths, shares and licences, and how many epochs " +
        "trainer.maxSteps comes to.",
    )
    .action(async (words: string[], options: ConfigOptions) => {
      const { showStats } = await import("../data/show-stats.js");
      await showStats(options, words, context);
    });

  const add = subcommand("add", "register a config's data under a name", "add letters data.paths=[letters/*.txt]");
  addConfigOptions(add.argument("<name>", "NAME or NAME@VERSION"))
    .description(
      "Register the section `data` of a config in datasets.json, under a name and a version: the one that is given, " +
        "or 1, or the next when the texts are others. What is registered is never changed.",
    )
    .option("--license <id>", "the licence of the texts, as an SPDX expression", spdxExpression)
    .option("--homepage <url>", "where the texts are from: an address, or npm:PACKAGE", homepage)
    .action(async (name: string, words: string[], options: AddDatasetOptions) => {
      const { addDataset } = await import("../data/add-dataset.js");
      await addDataset(name, options, words, context);
    });

  subcommand("list", "list the datasets that are registered", "list --check")
    .description("List the datasets of datasets.json, and whether their files are there, in the size they had.")
    .option("--check", "read the files and compare their digests; exit code 1 when one differs")
    .action(async (options: { check?: boolean }) => {
      const { listDatasets } = await import("../data/list-datasets.js");
      await listDatasets(options, context);
    });
};
