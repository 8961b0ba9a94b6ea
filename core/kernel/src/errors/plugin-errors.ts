import { defineErrors } from "./define-errors.js";

/** Errors of finding, reading and starting plugins. */
export const pluginErrors = defineErrors({
  CODEX_PLUGIN_YARN_PNP: {
    exitCode: 2,
    when: "The project is installed by Yarn Plug'n'Play, so that there is no node_modules folder to search.",
    why: "Plugins are found by reading package.json files, and Plug'n'Play keeps packages inside archives.",
    fix: "Add `nodeLinker: node-modules` to .yarnrc.yml and run `yarn install`.",
  },
  CODEX_PLUGIN_MANIFEST: {
    exitCode: 2,
    when: "A plugin's package.json, its `codex` manifest or an option schema that it names cannot be read or is wrong.",
    why: "Configs are checked against the manifest before a plugin's code runs.",
    fix: "If the plugin is yours, correct what the message names (docs/plugins.md); else reinstall it or tell its author.",
  },
  CODEX_PLUGIN_API_RANGE: {
    exitCode: 2,
    when: "A plugin is written for another version of the kernel's API.",
    why: "`codex.api` in the plugin's package.json is a range of API versions that the plugin works with.",
    fix: "Install a version of the plugin, or of codex-core, that fits; if the plugin is yours, correct `codex.api`.",
  },
  CODEX_PLUGIN_PEER_MISSING: {
    exitCode: 2,
    when: "A package that a plugin declares as a peer dependency is absent or has a version that does not fit.",
    why: "A plugin expects its peers to be installed beside it.",
    fix: "Install the peer.",
  },
  CODEX_PLUGIN_INCLUDE_MISSING: {
    exitCode: 2,
    when: "A plugin that an umbrella package includes is not installed.",
    fix: "Reinstall the umbrella package.",
  },
  CODEX_PLUGIN_NOT_FOUND: {
    exitCode: 2,
    when: "A plugin folder that the config or `createKernel` names does not exist or is no package.",
    fix: "Correct the path in `plugins`.",
  },
  CODEX_PLUGIN_UNKNOWN_TYPE: {
    exitCode: 2,
    when: "The config asks for a type that no installed plugin provides.",
    fix: "Correct the type, or install a plugin that provides it.",
  },
  CODEX_PLUGIN_AMBIGUOUS_TYPE: {
    exitCode: 2,
    when: "Two installed plugins provide the same type.",
    fix: "Write `type: PACKAGE#TYPE`.",
  },
  CODEX_PLUGIN_IMPORT_FAILED: {
    exitCode: 1,
    when: "The code of an enabled plugin cannot be loaded.",
    fix: "Reinstall the plugin; if that does not help, report it to the plugin's author.",
  },
  CODEX_PLUGIN_NOT_A_PLUGIN: {
    exitCode: 1,
    when: "A plugin package does not export a plugin definition by default.",
    fix: "Export `definePlugin({ … })` of codex-core as the package's default export.",
  },
  CODEX_PLUGIN_REGISTER_FAILED: {
    exitCode: 1,
    when: "A plugin's `register` throws, is asynchronous, or provides what is no provider: without a schema or `create`.",
    fix: "If the plugin is yours, mend its `register` (docs/plugins.md); else tell its author, or leave it out.",
  },
  CODEX_PLUGIN_MANIFEST_MISMATCH: {
    exitCode: 1,
    when: "What a plugin's code provides, or the name that it gives itself, is not what its package.json says.",
    why: "The manifest is what the config is checked against before the plugin runs.",
    fix: "Bring `name` and `codex.provides` of the plugin's package.json and its `definePlugin` into line.",
  },
});
