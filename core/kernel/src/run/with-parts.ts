import { disposalFailure } from "../container/disposal-failure.js";
import type { ContributionPoint } from "../contracts/contribution-point.js";
import { Composition } from "./composition.js";
import { DeferredLog } from "./deferred-log.js";
import type { KernelState } from "./kernel-state.js";
import type { PartPoints, Parts } from "./kernel-types.js";
import { SafeObserver } from "./safe-observer.js";

/** Composes the parts of these points and what they depend on, works with them, and closes them. */
export async function withParts<Points extends PartPoints, Value>(
  kernel: KernelState,
  points: Points,
  use: (parts: Parts<Points>) => Promise<Value>,
): Promise<Value> {
  const log = new DeferredLog();
  const { signal } = kernel;
  const observer = new SafeObserver(undefined, log);
  const roots = Object.values(points);
  const composition = await Composition.plan({ kernel, signal, log, observer, roots });
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
