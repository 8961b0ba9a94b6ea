import { disposalFailure } from "../container/disposal-failure.js";
import type { LoadedCheckpoint } from "../contracts/checkpoint-store.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import type { JsonObject } from "../contracts/json.js";
import { SafetyPoint } from "../contracts/safety-filter.js";
import { runAround } from "../error-capture/run-around.js";
import { openLog } from "../logging/open-log.js";
import { Composition } from "./composition.js";
import { loadCheckpoint, restorableParts } from "./find-checkpoint.js";
import type { KernelState } from "./kernel-state.js";
import type { RunObserver } from "./run-observer.js";
import { namedFolder, searchOf } from "./run-reference.js";
import { SafeObserver } from "./safe-observer.js";
import { withStoreAlone } from "./with-parts.js";

/** What work on a checkpoint needs, open until `dispose`. */
export interface CheckpointWork {
  readonly composition: Composition;
  readonly checkpoint: LoadedCheckpoint;
  readonly signal: AbortSignal;
  /** The caller's, told of what is worth knowing. */
  readonly observer: SafeObserver;
  dispose(): Promise<void>;
}

export interface CheckpointWorkSettings {
  readonly checkpoint: string;
  readonly observer?: RunObserver;
  readonly signal?: AbortSignal;
}

/**
 * Loads a checkpoint, without the optimizer's tensors, and puts the parts that work with it together; the tokenizer is
 * the checkpoint's own.
 *
 * @param config what the parts are made from, where that is not the kernel's
 */
export async function openCheckpointWork(
  kernel: KernelState,
  settings: CheckpointWorkSettings,
  roots: readonly ContributionPoint<unknown>[],
  config?: JsonObject,
): Promise<CheckpointWork> {
  const signal = AbortSignal.any([kernel.signal, ...(settings.signal ? [settings.signal] : [])]);
  signal.throwIfAborted();
  const log = await openLog(kernel);
  const common = { kernel, signal, log, observer: new SafeObserver(settings.observer, log) };
  const path = namedFolder(settings.checkpoint, searchOf(kernel));
  const { capture } = kernel;
  const run = await runAround(path);
  if (run) capture.useRun(run);
  capture.enter("load the checkpoint");
  const checkpoint = await withStoreAlone(common, (store) => loadCheckpoint(store, path, common, { optimizer: false }));
  capture.enter("compose the parts");
  const restoreFrom = await restorableParts(checkpoint.path, kernel.config.value);
  const composition = await Composition.plan({ ...common, config, roots: [...roots, SafetyPoint], restoreFrom });
  const { observer } = common;
  return { composition, checkpoint, signal, observer, dispose: () => disposeOf(composition) };
}

async function disposeOf(composition: Composition): Promise<void> {
  const failure = disposalFailure(await composition.dispose());
  if (failure) throw failure;
}
