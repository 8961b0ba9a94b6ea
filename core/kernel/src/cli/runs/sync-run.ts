import type { CodexError } from "../../errors/codex-error.js";
import type { SkippedPart } from "../../run/run-observer.js";
import type { RunSummary } from "../../run/run-summary.js";
import type { CommandContext } from "../command.js";
import { requireOverrides } from "../config-options.js";
import { findProjectFolder } from "../project-folder.js";

export interface SyncAnswer {
  readonly run: string;
  readonly trackers: readonly SyncedTracker[];
  /** What trackers warned of, each after its tracker's label: metrics that a reader cannot take. */
  readonly warnings: readonly string[];
}

export interface SyncedTracker {
  readonly name: string;
  /** Whether the tracker has all of the run now. */
  readonly hasAll: boolean;
  /** Why not. */
  readonly problem?: string;
  readonly fix?: string;
}

/**
 * Delivers to a run's trackers what they have not. What they warn of is shown at once.
 *
 * @param waitMs how long another process that has the run's folder is waited for
 */
export async function syncRun(
  { folder, runId }: RunSummary,
  words: readonly string[],
  context: CommandContext,
  waitMs = 0,
): Promise<SyncAnswer> {
  const { workingFolder, stderr } = context.terminal;
  const signal = context.interruptible("Stopping; what was delivered stays so.");
  const kernel = await context.openKernel({
    projectFolder: findProjectFolder(workingFolder),
    workingFolder,
    run: folder,
    overrides: requireOverrides(words, workingFolder),
    needed: [],
    signal,
  });
  const problems = new Map<string, CodexError>();
  const warnings: string[] = [];
  const warning = (text: string) => {
    warnings.push(text);
    if (!context.quiet) stderr.write(`Warning: ${text}\n`);
  };
  const partSkipped = ({ part, error }: SkippedPart) => problems.set(part.slice("tracker.".length), error);
  try {
    const delivered = await kernel.sync({ run: folder, waitMs, observer: { partSkipped, warning } });
    const names = new Set([...Object.keys(delivered), ...problems.keys()]);
    const trackers = [...names].map((name): SyncedTracker => {
      const { message, fix } = problems.get(name) ?? {};
      return {
        name,
        hasAll: delivered[name] === true,
        ...(message === undefined ? {} : { problem: message }),
        ...(fix === undefined ? {} : { fix }),
      };
    });
    return { run: runId, trackers, warnings };
  } finally {
    await kernel.dispose();
  }
}

/** `codex runs sync` for a person. */
export function renderSync({ run, trackers, warnings }: SyncAnswer): string {
  if (trackers.length === 0) return `The run ${run} has no trackers; +tracker.NAME={} adds one.\n`;
  const hasWarned = (name: string) => warnings.some((text) => text.startsWith(`tracker.${name}: `));
  return trackers
    .map(({ name, hasAll, problem = "it was stopped", fix }) =>
      hasAll
        ? `${name} has all of the run${hasWarned(name) ? " but what it warns of" : ""}.\n`
        : `${name} has not all of the run: ${problem}\n${fix === undefined ? "" : `  Fix: ${fix}\n`}`,
    )
    .join("");
}
