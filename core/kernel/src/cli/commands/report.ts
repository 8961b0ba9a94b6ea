import type { DeclareCommand } from "../command.js";
import { findProjectFolder } from "../project-folder.js";

/** `codex report`: what a bug report needs. */
export const declareReport: DeclareCommand = (command, context) => {
  command
    .description("Print versions, platform, devices and plugins, for a bug report. Holds no secrets.")
    .addHelpText("after", "\nExample:\n  $ codex report > report.md\n")
    .action(async () => {
      const [{ discoverPlugins }, { createSystemReport, renderSystemReport }] = await Promise.all([
        import("../../plugins/discover-plugins.js"),
        import("../report/system-report.js"),
      ]);
      const projectFolder = findProjectFolder(context.terminal.workingFolder);
      const report = createSystemReport(projectFolder, await discoverPlugins({ projectFolder }));
      context.answer(report, () => renderSystemReport(report));
    });
};
