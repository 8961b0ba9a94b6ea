import type { CommandContext } from "../command.js";
import { type ConfigOptions, readConfigRequest } from "../config-options.js";
import { openRequestedKernel } from "../explain-missing-config.js";
import { findProjectFolder } from "../project-folder.js";
import { errorDocument, renderError } from "../render-error.js";
import { renderPlan } from "./render-plan.js";

/** Options of `codex plan`. */
export interface PlanOptions extends ConfigOptions {
  readonly probe?: boolean;
  readonly graph?: boolean;
}

/** Plans a run, shows what it will need, and says what training would be refused with. */
export async function plan(options: PlanOptions, words: readonly string[], context: CommandContext): Promise<void> {
  const { workingFolder, stderr } = context.terminal;
  const projectFolder = findProjectFolder(workingFolder);
  const request = readConfigRequest(options, words, workingFolder);
  const kernel = await openRequestedKernel(context, { projectFolder, workingFolder, ...request });
  try {
    const signal = options.probe ? context.interruptible("Stopping.") : undefined;
    const { probe = false, graph = false } = options;
    const answer = await kernel.plan({ probe, graph, ...(signal ? { signal } : {}) });
    const { problems } = answer;
    const problemDocuments = problems.map((problem) => errorDocument(problem).error);
    context.answer({ ...answer, problems: problemDocuments }, () => renderPlan(answer));
    if (problems.length === 0) return;
    const style = { hasColor: stderr.hasColor, withStack: false };
    if (!context.json) for (const problem of problems) stderr.write(renderError(problem, style));
    context.setExitCode(2);
  } finally {
    await kernel.dispose();
  }
}
