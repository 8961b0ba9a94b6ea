import { disposalFailure } from "../container/disposal-failure.js";
import { CheckpointPoint, type CheckpointStore } from "../contracts/checkpoint-store.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import { openLog } from "../logging/open-log.js";
import { Composition, type CompositionSettings } from "./composition.js";
import type { KernelState } from "./kernel-state.js";
import type { PartPoints, Parts } from "./kernel-types.js";
import { SafeObserver } from "./safe-observer.js";

/** Works with some parts alone, for a command that needs nothing else. */
export async function withParts<Points extends PartPoints, Value>(
  kernel: KernelState,
  points: Points,
  use: (parts: Parts<Points>) => Promise<Value>,
): Promise<Value> {
  const { capture, signal } = kernel;
  const log = await openLog(kernel);
  capture.enter("compose the parts");
  return withPartsAlone({ kernel, signal, log, observer: new SafeObserver(undefined, log) }, points, (parts) => {
    capture.enterOwn();
    return use(parts);
  });
}

/** Works with the checkpoint store alone, before or beside the parts of a run. */
export function withStoreAlone<Value>(
  settings: Omit<CompositionSettings, "roots">,
  use: (store: CheckpointStore) => Promise<Value>,
): Promise<Value> {
  return withPartsAlone(settings, { store: CheckpointPoint }, ({ store }) => use(store));
}

/**
 * Composes the parts of these points and what they depend on, works with them, and closes them. That closing fails is
 * thrown, unless the work has failed.
 */
async function withPartsAlone<Points extends PartPoints, Value>(
  settings: Omit<CompositionSettings, "roots">,
  points: Points,
  use: (parts: Parts<Points>) => Promise<Value>,
): Promise<Value> {
  const composition = await Composition.plan({ ...settings, roots: Object.values(points) });
  let value: Value;
  try {
    value = await use((await makeParts(composition, points)) as Parts<Points>);
  } catch (error) {
    await composition.dispose();
    throw error;
  }
  const failure = disposalFailure(await composition.dispose());
  if (failure) throw failure;
  return value;
}

async function makeParts({ container }: Composition, points: PartPoints): Promise<{ [name: string]: unknown }> {
  const parts: { [name: string]: unknown } = {};
  for (const [name, point] of Object.entries(points)) {
    parts[name] = await container.one(point as ContributionPoint<unknown, "one">);
  }
  return parts;
}
