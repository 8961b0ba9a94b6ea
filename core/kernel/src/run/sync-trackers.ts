import { join } from "node:path";
import { disposalFailure } from "../container/disposal-failure.js";
import type { JsonObject, Named } from "../contracts/json.js";
import { type RunOutcome, TrackerPoint } from "../contracts/tracker.js";
import { cliErrors } from "../errors/cli-errors.js";
import { isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { openLog } from "../logging/open-log.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import { Composition } from "./composition.js";
import type { KernelState } from "./kernel-state.js";
import type { SyncSettings } from "./kernel-types.js";
import { isLive, onceFree } from "./once-free.js";
import { readObject } from "./read-run-file.js";
import { RunFolderClaim } from "./run-folder-claim.js";
import { namedRunFolder, searchOf } from "./run-reference.js";
import { readSegments } from "./run-segments.js";
import { describedRun, RunTrackers } from "./run-trackers.js";
import { SafeObserver } from "./safe-observer.js";
import { SupersededRecords } from "./superseded-records.js";

/** Delivers to the config's trackers what they have not of a run that is over. What they warn of goes into its log. */
export async function syncTrackers(kernel: KernelState, settings: SyncSettings): Promise<Named<boolean>> {
  const signal = AbortSignal.any([kernel.signal, ...(settings.signal ? [settings.signal] : [])]);
  const folder = namedRunFolder(settings.run, searchOf(kernel));
  const log = await openLog(kernel, {});
  log.step = undefined;
  const observer = new SafeObserver(settings.observer, log);
  kernel.capture.enter("compose the parts");
  const composition = await Composition.plan({
    kernel,
    log,
    observer,
    signal,
    runFolder: folder,
    roots: [TrackerPoint],
  });
  kernel.capture.enter("deliver");
  try {
    const take = () => RunFolderClaim.take({ folder, runId: "", mode: "resume", goesOn: true });
    const claim = await onceFree(take, settings.waitMs ?? 0).catch(explainLive);
    try {
      if (!claim.earlier) throw cliErrors.CODEX_RUN_NOT_FOUND({ what: `${folder} is no run's folder.`, where: folder });
      log.runId = claim.runId;
      log.attach({ logPath: join(claim.path, "log.ndjson"), event: () => undefined });
      return await deliver(kernel, composition, claim, signal);
    } finally {
      await claim.release();
    }
  } finally {
    const failure = disposalFailure(await composition.dispose());
    if (failure) log.warn("a part failed to close", { message: failure.message });
    await log.close();
  }
}

async function deliver(
  kernel: KernelState,
  composition: Composition,
  { path, runId, earlier = {} }: RunFolderClaim,
  signal: AbortSignal,
): Promise<Named<boolean>> {
  // A run is delivered also where its environment cannot be read.
  const environment = await readObject(join(path, "environment.json"));
  if ("missing" in environment) {
    const { missing } = environment;
    composition.settings.log.warn("trackers are told nothing of the run's environment", { missing });
  }
  const startedAtMs = Date.parse(String(earlier.startedAt));
  const trackers = new RunTrackers(await composition.container.many(TrackerPoint), {
    composition,
    run: { ...describedRun(kernel), folder: path, runId, startedAtMs: Number.isNaN(startedAtMs) ? 0 : startedAtMs },
    environment: "value" in environment ? environment.value : {},
    segments: readSegments(earlier.segments),
    superseded: new SupersededRecords(path),
    lastSequence: () => Number.POSITIVE_INFINITY,
  });
  const stop = () => trackers.stop();
  signal.addEventListener("abort", stop);
  try {
    return await trackers.deliverRest(outcomeOf(earlier));
  } finally {
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
  }
}

/** Says what a run that goes on, or another command that has its folder, means for its trackers. */
function explainLive(error: unknown): never {
  if (!isCodexError(error) || !isLive(error)) throw error;
  const { what, where } = error;
  throw runErrors.CODEX_RUN_FOLDER_LIVE({
    what,
    ...(where === undefined ? {} : { where }),
    why: "A run that goes on delivers by itself, and tries again what a tracker did not take.",
    fix: "Wait until it has ended, or stop it.",
    cause: error,
  });
}

/** How run.json says that the run ended; one that says nothing of it was killed. */
function outcomeOf({ status, endedAt, error }: JsonObject): RunOutcome {
  const endedAtMs = Date.parse(String(endedAt));
  const what = isJsonObject(error) ? `${error.code ?? ""}: ${error.what ?? ""}` : undefined;
  return {
    status: status === "finished" || status === "failed" ? status : "interrupted",
    endedAtMs: Number.isNaN(endedAtMs) ? Date.now() : endedAtMs,
    ...(what === undefined ? {} : { error: what }),
  };
}
