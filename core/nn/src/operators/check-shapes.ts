import type { Tensor } from "@tensorflow/tfjs-core";
import { nnErrors } from "../errors/nn-errors.js";

/** Sizes that stand for "any". */
type Expected = readonly (number | undefined)[];

const show = (shape: Expected) => `[${shape.map((size) => size ?? "any").join(", ")}]`;

/**
 * Checks a tensor's shape.
 *
 * @throws CODEX_NN_SHAPE when it differs.
 */
export function checkShape(operator: string, name: string, tensor: Tensor, expected: Expected): void {
  const { shape } = tensor;
  if (shape.length === expected.length && expected.every((size, axis) => size === undefined || size === shape[axis])) {
    return;
  }
  throw nnErrors.CODEX_NN_SHAPE({
    what: `${operator} got ${name} of shape ${show(shape)}; it needs ${show(expected)}.`,
    where: `${operator}, ${name}`,
  });
}

/** Checks that a tensor holds token ids or positions. @throws CODEX_NN_SHAPE when its dtype is not int32. */
export function checkInt32(operator: string, name: string, tensor: Tensor): void {
  if (tensor.dtype === "int32") return;
  throw nnErrors.CODEX_NN_SHAPE({
    what: `${operator} got ${name} of dtype ${tensor.dtype}; it needs int32.`,
    where: `${operator}, ${name}`,
  });
}
