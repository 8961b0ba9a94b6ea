import { intAttribute, type Node, sizeOf } from "./value.js";

const PRODUCTS = new Set(["Gemm", "MatMul", "FusedMatMul"]);

/** Floating-point operations of a matrix product, two for each product of two elements; 0 for other operators. */
export function operationsOf(node: Node): number {
  const [a, b] = node.inputs;
  // Three products of one size.
  if (node.op === "HeadCrossEntropy") return 6 * sizeOf(a!.shape) * b!.shape[0]!;
  if (!PRODUCTS.has(node.op) || !a) return 0;
  const isTurned = intAttribute(node, "transA", 0) === 1;
  const turnedAxis = intAttribute(node, "transBatchA", 0) === 1 ? 0 : -2;
  return 2 * sizeOf(node.outputs[0]!.shape) * a.shape.at(isTurned ? turnedAxis : -1)!;
}
