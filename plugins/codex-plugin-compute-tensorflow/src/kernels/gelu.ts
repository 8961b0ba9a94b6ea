import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Operations } from "../operations/operations.js";
import type { Value } from "../operations/value.js";

const slope = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** slope·cubic·x² */
const bend = (operations: Operations, x: Value) =>
  operations.mul(operations.last(operations.one("Square", [x])), operations.scalar(slope * cubic));

/**
 * GELU as x·sigmoid(u), u = x·(slope + slope·cubic·x²), which is its tanh form. `SoftplusGrad` is a·sigmoid(b) in one
 * operation.
 */
export function installGelu(installer: KernelInstaller): void {
  installer.install<{ x: Value }>("CodexGelu", (operations, { x }) => {
    const { last } = operations;
    const factor = operations.add(last(bend(operations, x)), operations.scalar(slope));
    const u = operations.mul(last(factor), x);
    return [operations.one("SoftplusGrad", [x, last(u)])];
  });

  // dy·(s + x·s·(1 − s)·u′) with s = sigmoid(u), u′ = slope + 3·bend
  installer.install<{ dy: Value; x: Value }>("CodexGeluGrad", (operations, { dy, x }) => {
    const { last } = operations;
    const curve = bend(operations, x);
    const factor = operations.add(curve, operations.scalar(slope));
    const s = operations.one("Sigmoid", [last(operations.mul(factor, x))]);
    const innerSlope = operations.sumOf([last(factor), last(curve), curve]);
    const tail = operations.one("SigmoidGrad", [s, last(operations.mul(last(innerSlope), x))]);
    return [operations.mul(dy, last(operations.add(last(s), last(tail))))];
  });
}
