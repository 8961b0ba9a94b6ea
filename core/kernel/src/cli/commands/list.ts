import type { DeclareCommand } from "../command.js";
import { findProjectFolder } from "../project-folder.js";

/** `codex list`: plugins and what they provide. */
export const declareList: DeclareCommand = (command, context) => {
  command
    .description("List plugins, what they provide, what of it the config enables, and what is broken and why.")
    .addHelpText("after", "\nExample:\n  $ codex list --json\n")
    .action(async () => {
      const [{ discoverPlugins }, { listPlugins, renderPluginList }] = await Promise.all([
        import("../../plugins/discover-plugins.js"),
        import("../list/plugin-list.js"),
      ]);
      const projectFolder = findProjectFolder(context.terminal.workingFolder);
      const plugins = listPlugins(await discoverPlugins({ projectFolder }));
      context.answer({ plugins }, () => renderPluginList(plugins));
    });
};
