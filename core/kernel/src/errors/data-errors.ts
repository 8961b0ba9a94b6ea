import { defineErrors } from "./define-errors.js";

/** Errors of work on data, and of the registry of datasets. */
export const dataErrors = defineErrors({
  CODEX_DATA_NOT_PREPARABLE: {
    exitCode: 2,
    when: "Data should be prepared or verified ahead, and its batch source does not do that.",
    why: "`prepare` and `verify` are optional members of a batch source.",
    fix: "Train without preparing: such a source makes its batches as they are read.",
  },
  CODEX_DATA_NOT_TOKENS: {
    exitCode: 2,
    when: "Batches should be shown as text, and they are no tokens.",
    why: "Token sources give tokenIds, targetIds and lossMask.",
    fix: "Look at the data of a config whose batch source gives tokens.",
  },
  CODEX_DATA_SHAPE_UNKNOWN: {
    exitCode: 2,
    when: "A batch should be read, and the config does not say how many sequences of how many tokens it has.",
    fix: "Name a config with a model and a trainer that has a microBatch, or give --context-length and --rows.",
  },
  CODEX_DATASET_UNKNOWN: {
    exitCode: 2,
    when: "`data.dataset` names a dataset or a version that datasets.json does not have.",
    fix: "Run `codex data list` for those that there are; `codex data add NAME` registers one.",
  },
  CODEX_DATASET_NAME: {
    exitCode: 2,
    when: "A dataset's name is not of the form NAME or NAME@VERSION.",
    why: "A name has up to 64 letters, digits, dots, dashes and underscores; a version is a whole number from 1 on.",
    fix: "Write such as moby-dick or moby-dick@2; it cannot be interpolated.",
  },
  CODEX_DATASET_EXISTS: {
    exitCode: 2,
    when: "A dataset should be registered under a name and version that stand for other texts already.",
    why: "A version that was once given out keeps its meaning, so that configs and runs that name it do.",
    fix: "Register it under another version.",
  },
  CODEX_DATASET_INVALID: {
    exitCode: 2,
    when: "What should be registered of a dataset lacks the form of an entry of datasets.json.",
    why: "Licence and homepage are given by --license and --homepage; what a corpus says of its sources, by its plugin.",
    fix: "Correct the options; where it is a source that is wrong, report it to the author of the data plugin.",
  },
  CODEX_DATASETS_INVALID: {
    exitCode: 2,
    when: "datasets.json cannot be read: it is no JSON, or lacks the form of a registry.",
    fix: "Correct or remove the entry that is named, or take the file back from version control.",
  },
  CODEX_DATASETS_NOT_WRITTEN: {
    exitCode: 1,
    when: "datasets.json cannot be written.",
    fix: "Check the permissions of the project's folder and the free space.",
  },
  CODEX_DATASETS_BUSY: {
    exitCode: 1,
    when: "Another process holds datasets.json for longer than a change takes.",
    fix: "Wait for it, or end it, and try again.",
  },
});
