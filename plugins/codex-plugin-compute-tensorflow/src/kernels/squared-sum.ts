import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Value } from "../operations/value.js";

/** `L2Loss` is half of it, in one pass, with sums as in a tree. */
export function installSquaredSum(installer: KernelInstaller): void {
  installer.install<{ x: Value }>("CodexSquaredSum", (operations, { x }) => [
    operations.mul(operations.last(operations.one("L2Loss", [x])), operations.scalar(2)),
  ]);
}
