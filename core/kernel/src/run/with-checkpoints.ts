import { disposalFailure } from "../container/disposal-failure.js";
import { CheckpointPoint, type CheckpointStore } from "../contracts/checkpoint-store.js";
import { Composition } from "./composition.js";
import { DeferredLog } from "./deferred-log.js";
import type { KernelState } from "./kernel-state.js";
import { SafeObserver } from "./safe-observer.js";

/** Composes the checkpoint store alone, works with it, and closes it. */
export async function withCheckpoints<Value>(
  kernel: KernelState,
  use: (store: CheckpointStore) => Promise<Value>,
): Promise<Value> {
  const log = new DeferredLog();
  const { signal } = kernel;
  const observer = new SafeObserver(undefined, log);
  const composition = await Composition.plan({ kernel, signal, log, observer, roots: [CheckpointPoint] });
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
