import type { DeclareCommand } from "../command.js";
import { findProjectFolder } from "../project-folder.js";

/** `codex list`: plugins and what they provide. */
export const declareList: DeclareCommand = (command, context) => {
  command
    .description("List plugins, what they provide, what of it a config enables, and what is broken and why.")
    .option("-c, --config <name>", "the preset whose types are marked as enabled")
    .addHelpText("after", "\nExamples:\n  $ codex list\n  $ codex list --config quickstart --json\n")
    .action(async ({ config: preset }: { config?: string }) => {
      const [{ readProject }, { readEnabling }, { listPlugins, renderPluginList }] = await Promise.all([
        import("../project.js"),
        import("../list/enabling-config.js"),
        import("../list/plugin-list.js"),
      ]);
      const { workingFolder } = context.terminal;
      const project = await readProject(findProjectFolder(workingFolder));
      const { value, note } = await context.capture.during("read the config", () =>
        readEnabling(project, workingFolder, preset),
      );
      const plugins = listPlugins(project.catalogue, value);
      context.answer({ plugins, note: note ?? null }, () => renderPluginList(plugins, note));
    });
};
