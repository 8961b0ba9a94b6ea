import { join } from "node:path";
import { CallbackPoint } from "../contracts/callback.js";
import { ModelPoint } from "../contracts/model-loader.js";
import { SafetyPoint } from "../contracts/safety-filter.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { TrackerPoint } from "../contracts/tracker.js";
import { TrainerPoint } from "../contracts/trainer.js";
import { runErrors } from "../errors/run-errors.js";
import { openLog } from "../logging/open-log.js";
import type { RunLog } from "../logging/run-log.js";
import { Composition, isConfigured } from "./composition.js";
import { liesIn, loadCheckpoint, loadLatest, restorableParts } from "./find-checkpoint.js";
import { type FittedPlan, findPlan } from "./find-plan.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import type { TrainSettings } from "./kernel-types.js";
import { ResumedCheckpoint } from "./resumed-checkpoint.js";
import { RunFolderClaim } from "./run-folder-claim.js";
import { createRunId } from "./run-id.js";
import type { TrainResult } from "./run-observer.js";
import { namedFolder, searchOf } from "./run-reference.js";
import { runsFolderOf } from "./runs-folder.js";
import { SafeObserver } from "./safe-observer.js";
import { toRunError } from "./to-run-error.js";
import { TrainingSession } from "./training-session.js";
import { withStoreAlone } from "./with-parts.js";

/**
 * Trains: compose (plugins are loaded, options checked), plan, open the run's folder, then start → run → stop as
 * `TrainingSession` does them.
 */
export async function train(kernel: KernelState, settings: TrainSettings): Promise<TrainResult> {
  const signal = AbortSignal.any([kernel.signal, ...(settings.signal ? [settings.signal] : [])]);
  const runId = createRunId(readRunSection(kernel).name);
  // Whether the run keeps the id of the one that it goes on from is known when its folder is claimed.
  const log = await openLog(kernel, settings.resumeFrom === undefined ? { runId } : {});
  const observer = new SafeObserver(settings.observer, log);
  kernel.capture.useRun({ runId });
  try {
    const result = await trainInFolder(kernel, settings, { runId, signal, log, observer });
    observer.notify("runEnd", result);
    return result;
  } catch (error) {
    const failure = toRunError(error, signal, "Training");
    if (failure.exitCode !== 130) await kernel.capture.capture(failure);
    observer.notify("runFailed", failure);
    throw failure;
  }
}

/** What every phase of a run shares. */
interface RunCompanions {
  readonly runId: string;
  readonly signal: AbortSignal;
  readonly log: RunLog;
  readonly observer: SafeObserver;
}

async function trainInFolder(
  kernel: KernelState,
  { resumeFrom, replayOf, allowChanged = [] }: TrainSettings,
  companions: RunCompanions,
): Promise<TrainResult> {
  const section = readRunSection(kernel);
  const { runId } = companions;
  const { capture } = kernel;
  const runFolder = section.outputFolder ?? join(runsFolderOf(kernel.projectFolder), runId);
  const common = { kernel, runFolder, ...companions };

  if (resumeFrom !== undefined) capture.enter("load the checkpoint");
  const resumed = resumeFrom === undefined ? undefined : await findResume(common, resumeFrom);
  companions.signal.throwIfAborted();
  capture.enter("compose the parts");
  const configured = [TokenizerPoint, ModelPoint].filter((point) => isConfigured(kernel, point));
  const composition = await Composition.plan({
    ...common,
    roots: [...configured, TrainerPoint, SafetyPoint, CallbackPoint, TrackerPoint],
    restoreFrom: resumed ? await restorableParts(resumed.path, kernel.config.value) : {},
  });

  const plan = await planned(composition);
  const inPlace = resumed !== undefined && liesIn(resumed.path, runFolder);
  const mode = inPlace ? "resume" : resumeFrom === "latest" ? "resumeElseNew" : "new";
  const claim = await RunFolderClaim.take({ folder: runFolder, runId, mode, goesOn: inPlace }).catch(async (error) => {
    await composition.dispose();
    throw error;
  });
  companions.log.runId = claim.runId;
  const settings = { ...companions, kernel, composition, claim, plan, resumed, replayOf, allowChanged };
  return new TrainingSession(settings).run();
}

/** What the run needs, before a device or a folder is touched; refuses what cannot be trained. */
async function planned(composition: Composition): Promise<FittedPlan | undefined> {
  composition.settings.kernel.capture.enter("plan");
  try {
    const { plan, problems } = await findPlan(composition);
    if (problems.error) throw problems.error;
    const { log, observer } = composition.settings;
    for (const warning of plan?.warnings ?? []) {
      log.warn(warning);
      observer.notify("warning", warning);
    }
    return plan;
  } catch (error) {
    await composition.dispose();
    throw error;
  }
}

/** The checkpoint to go on from, read by a store of its own that is closed again. */
async function findResume(
  common: RunCompanions & { readonly kernel: KernelState; readonly runFolder: string },
  resumeFrom: string,
): Promise<ResumedCheckpoint | undefined> {
  if (resumeFrom === "latest" && readRunSection(common.kernel).outputFolder === undefined) {
    throw runErrors.CODEX_RUN_RESUME_NO_FOLDER({ what: "`latest` was asked for without an output folder." });
  }
  const loaded = await withStoreAlone(common, (store) =>
    resumeFrom === "latest"
      ? loadLatest(store, common.runFolder, common)
      : loadCheckpoint(store, namedFolder(resumeFrom, searchOf(common.kernel)), common),
  );
  return loaded && new ResumedCheckpoint(loaded);
}
