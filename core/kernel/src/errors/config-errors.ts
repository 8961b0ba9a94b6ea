import { defineErrors } from "./define-errors.js";

/** Errors of reading, composing and checking configs. */
export const configErrors = defineErrors({
  CODEX_CONFIG_INVALID: {
    exitCode: 2,
    when: "A config has several mistakes; the error lists them all.",
    fix: "Correct each; `codex config validate` checks without starting anything.",
  },
  CODEX_CONFIG_UNKNOWN_KEY: {
    exitCode: 2,
    when: "A config has a key that neither the kernel nor the selected plugin knows.",
    why: "A misspelled key would otherwise be ignored in silence.",
    fix: "Correct the spelling or remove the key; `codex config schema` writes a schema that editors complete from.",
  },
  CODEX_CONFIG_WRONG_VALUE: {
    exitCode: 2,
    when: "A config value has the wrong type, or lies outside of what its key allows.",
    fix: "Write a value that the key allows.",
  },
  CODEX_CONFIG_MISSING_KEY: {
    exitCode: 2,
    when: "A config lacks a key that has no default.",
    fix: "Add the key, or name a preset that has it: --config NAME.",
  },
  CODEX_CONFIG_SYNTAX: {
    exitCode: 2,
    when: "A config file is not well-formed YAML or JSON, or uses what configs do not allow: tags, complex keys.",
    fix: "Correct the file at the place that is named.",
  },
  CODEX_CONFIG_DUPLICATE_KEY: {
    exitCode: 2,
    when: "A config file has the same key twice in one map.",
    why: "Only one of the two could count.",
    fix: "Remove one of them.",
  },
  CODEX_CONFIG_ALIASES: {
    exitCode: 2,
    when: "A config file's YAML aliases multiply into more values than any config needs.",
    why: "A small file of nested aliases can grow to fill the memory.",
    fix: "Write the values out, or use `${key}` interpolation.",
  },
  CODEX_CONFIG_FORBIDDEN_KEY: {
    exitCode: 2,
    when: "A config uses `__proto__`, `constructor` or `prototype` as a key.",
    why: "Such keys reach into the program's own objects.",
    fix: "Use another name.",
  },
  CODEX_CONFIG_TOO_LARGE: {
    exitCode: 2,
    when: "A config file is larger than any config needs.",
    why: "Configs are read whole, at every start.",
    fix: "Keep data in files of its own and name them in the config.",
  },
  CODEX_CONFIG_UNREADABLE: {
    exitCode: 2,
    when: "A config file exists but cannot be read.",
    fix: "Check that it is a file and that you may read it.",
  },
  CODEX_CONFIG_SCHEMA_NOT_WRITTEN: {
    exitCode: 1,
    when: "The schema for editors cannot be written into the project.",
    fix: "Check the permissions of `.codex` in the project, and the free space.",
  },
  CODEX_CONFIG_AMBIGUOUS_FILE: {
    exitCode: 2,
    when: "A folder holds more than one codex.config file.",
    why: "Only one could count.",
    fix: "Keep one of them.",
  },
  CODEX_CONFIG_CODE_FAILED: {
    exitCode: 2,
    when: "A codex.config.ts, .js or .mjs does not compile, throws, or exports no config.",
    fix: "Correct the file; it exports the config by default: `export default defineConfig({ … })`.",
  },
  CODEX_CONFIG_NOT_PLAIN: {
    exitCode: 2,
    when: "A config that code hands over holds a value that JSON cannot carry: a function, a date, a cycle.",
    fix: "Use texts, finite numbers, booleans, null, lists and plain objects.",
  },
  CODEX_CONFIG_PLUGINS_NOT_CODE: {
    exitCode: 2,
    when: "A YAML or JSON config names `plugins`.",
    why: "Naming a plugin's folder runs its code, so that only the project's own program may do it.",
    fix: "Move `plugins` into codex.config.ts.",
  },
  CODEX_CONFIG_PRESET_NOT_FOUND: {
    exitCode: 2,
    when: "No preset or group has the name that a command line or a defaults list asks for.",
    fix: "Correct the name, or write the file; `codex config list` lists all presets.",
  },
  CODEX_CONFIG_PRESET_AMBIGUOUS: {
    exitCode: 2,
    when: "Several packages ship a preset or group of the name that is asked for, and the project has none of its own.",
    why: "Which of them counted would depend on what else is installed.",
    fix: "Copy the one that you mean into the project's configs/.",
  },
  CODEX_CONFIG_DEFAULTS: {
    exitCode: 2,
    when: "A defaults list is no list of group names.",
    fix: "Write names of files below configs/, without ending: `defaults: [model/gpt-nano]`.",
  },
  CODEX_CONFIG_DEFAULTS_CYCLE: {
    exitCode: 2,
    when: "Defaults lists lead back to the file they started from.",
    fix: "Remove one entry of the circle.",
  },
  CODEX_CONFIG_INTERPOLATION: {
    exitCode: 2,
    when: "A `${…}` in a config is not closed, or refers to a key that is not there or holds no single value.",
    fix: "Refer to a key of the resolved config (`codex config print` shows it), or write `$${` for a literal `${`.",
  },
  CODEX_CONFIG_INTERPOLATION_CYCLE: {
    exitCode: 2,
    when: "Values of a config refer to each other in a circle.",
    fix: "Give one of them a value of its own.",
  },
  CODEX_CONFIG_ENV_MISSING: {
    exitCode: 2,
    when: "A config asks for an environment variable that is not set, and gives no default.",
    fix: "Set the variable, or write a default: `${env:NAME,default}`.",
  },
  CODEX_CONFIG_OVERRIDE_SYNTAX: {
    exitCode: 2,
    when: "An override is not of the form KEY=VALUE, +KEY=VALUE or ~KEY.",
    fix: "Write, for example: trainer.maxSteps=100",
  },
  CODEX_CONFIG_OVERRIDE_UNKNOWN_KEY: {
    exitCode: 2,
    when: "An override sets a key that the config does not have and that no schema knows.",
    why: "KEY=VALUE changes what exists, so that a misspelling is noticed.",
    fix: "Correct the key, or write +KEY=VALUE to add it.",
  },
  CODEX_CONFIG_NOTHING_TO_REMOVE: {
    exitCode: 2,
    when: "An override ~KEY names a key that the config does not have.",
    fix: "Correct the key; `codex config print` shows what there is.",
  },
  CODEX_CONFIG_NO_SUCH_KEY: {
    exitCode: 2,
    when: "`codex config explain` is asked for a key that no schema knows.",
    fix: "`codex config print` shows all keys that are set.",
  },
});
