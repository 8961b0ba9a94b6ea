import { runsFolderOf } from "../../run/runs-folder.js";
import type { DeclareCommand } from "../command.js";
import { findProjectFolder } from "../project-folder.js";

/** `codex doctor`: checks, with a fix for each failure. */
export const declareDoctor: DeclareCommand = (command, context) => {
  command
    .description("Check the installation. Each failure comes with a fix. Exit code 1 when a check fails.")
    .addHelpText("after", "\nExample:\n  $ codex doctor\n")
    .action(async () => {
      const [{ readProject }, { runChecks }, machine, plugins, { configCheck }, { partsCheck }, { renderFindings }] =
        await Promise.all([
          import("../project.js"),
          import("../doctor/check.js"),
          import("../doctor/machine-checks.js"),
          import("../doctor/plugin-checks.js"),
          import("../doctor/config-check.js"),
          import("../doctor/parts-check.js"),
          import("../doctor/render-findings.js"),
        ]);
      const projectFolder = findProjectFolder(context.terminal.workingFolder);
      const project = await readProject(projectFolder);
      const checks = [
        machine.nodeCheck,
        plugins.pluginsCheck,
        plugins.onnxRuntimeCheck,
        plugins.koffiCheck,
        partsCheck,
        machine.runsFolderCheck,
        machine.diskCheck,
        machine.memoryCheck,
        configCheck,
      ];
      const findings = await runChecks(checks, { project, runsFolder: runsFolderOf(projectFolder) });
      const healthy = findings.every((finding) => finding.status !== "failed");
      context.answer({ healthy, findings }, () => renderFindings(findings, context.terminal.stdout.hasColor));
      if (!healthy) context.setExitCode(1);
    });
};
