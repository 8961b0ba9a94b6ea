import type { DeclareCommand } from "../command.js";
import { findProjectFolder } from "../project-folder.js";

/** `codex report`: what a bug report needs. */
export const declareReport: DeclareCommand = (command, context) => {
  command
    .description("Print versions, platform, devices and plugins, for a bug report. Holds no secrets.")
    .addHelpText("after", "\nExample:\n  $ codex report > report.md\n")
    .action(async () => {
      const [{ readProject }, { createSystemReport, renderSystemReport }] = await Promise.all([
        import("../project.js"),
        import("../report/system-report.js"),
      ]);
      const projectFolder = findProjectFolder(context.terminal.workingFolder);
      const { catalogue } = await readProject(projectFolder);
      const report = createSystemReport(projectFolder, catalogue);
      context.answer(report, () => renderSystemReport(report));
    });
};
