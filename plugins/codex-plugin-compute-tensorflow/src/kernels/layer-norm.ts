import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Value } from "../operations/value.js";

interface Inputs {
  readonly x: Value;
  readonly scale: Value;
  readonly bias?: Value;
}

interface GradInputs {
  readonly dy: Value;
  readonly x: Value;
  readonly scale: Value;
  readonly mean: Value;
  readonly inverseStd: Value;
}

/** Layer normalization in few passes over its tensors: what has one element a row costs nothing beside them. */
export function installLayerNorm(installer: KernelInstaller): void {
  installer.install<Inputs, { epsilon: number }>("CodexLayerNorm", (operations, { x, scale, bias }, { epsilon }) => {
    const { last } = operations;
    const width = x.shape.at(-1)!;
    const mean = operations.rowMeans(x);
    const centered = operations.sub(x, mean);
    const squares = operations.one("Square", [last(operations.rowNorms(centered))]);
    const variance = operations.mul(last(squares), operations.scalar(1 / width));
    const inverseStd = operations.one("Rsqrt", [last(operations.add(last(variance), operations.scalar(epsilon)))]);
    const scaled = operations.mul(last(operations.mul(last(centered), inverseStd)), scale);
    return [bias ? operations.add(last(scaled), bias) : scaled, mean, inverseStd];
  });

  installer.install<GradInputs>("CodexLayerNormGrad", (operations, { dy, x, scale, mean, inverseStd }) => {
    const { last } = operations;
    const normalized = operations.mul(last(operations.sub(x, mean)), inverseStd);
    const product = operations.mul(dy, normalized);
    const dScale = operations.columnSums(product);
    const share = operations.rowMeans(last(operations.mul(last(product), scale)));
    const scaled = operations.mul(dy, scale);
    const centered = operations.sub(scaled, last(operations.rowMeans(scaled)));
    const projection = operations.mul(last(normalized), last(share));
    const dx = operations.mul(last(operations.sub(last(centered), last(projection))), inverseStd);
    return [dx, dScale, operations.columnSums(dy)];
  });
}
