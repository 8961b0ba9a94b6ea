import { disposalFailure } from "../container/disposal-failure.js";
import { CheckpointPoint, type CheckpointStore } from "../contracts/checkpoint-store.js";
import { Composition, type CompositionSettings } from "./composition.js";
import { DeferredLog } from "./deferred-log.js";
import type { KernelState } from "./kernel-state.js";
import { SafeObserver } from "./safe-observer.js";

/** Works with the checkpoint store alone, for a command that needs nothing else. */
export async function withCheckpoints<Value>(
  kernel: KernelState,
  use: (store: CheckpointStore) => Promise<Value>,
): Promise<Value> {
  const { capture, signal } = kernel;
  const log = new DeferredLog();
  capture.enter("compose the parts");
  return withStoreAlone({ kernel, signal, log, observer: new SafeObserver(undefined, log) }, (store) => {
    capture.enterOwn();
    return use(store);
  });
}

/**
 * Composes the checkpoint store alone, works with it, and closes it. That closing fails is thrown, unless the work has
 * failed.
 */
export async function withStoreAlone<Value>(
  settings: Omit<CompositionSettings, "roots">,
  use: (store: CheckpointStore) => Promise<Value>,
): Promise<Value> {
  const composition = await Composition.plan({ ...settings, roots: [CheckpointPoint] });
  let value: Value;
  try {
    value = await use(await composition.container.one(CheckpointPoint));
  } catch (error) {
    await composition.dispose();
    throw error;
  }
  const failure = disposalFailure(await composition.dispose());
  if (failure) throw failure;
  return value;
}
