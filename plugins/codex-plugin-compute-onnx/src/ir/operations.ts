import { intAttribute, type Node, sizeOf } from "./value.js";

const PRODUCTS = new Set(["Gemm", "MatMul", "FusedMatMul", "GemmGelu", "GemmWithRows"]);
const ATTENTION = new Set(["CausalAttention", "PackedCausalAttention"]);
const ATTENTION_GRADIENTS = new Set(["CausalAttentionGradient", "PackedCausalAttentionGradient"]);

/**
 * Floating-point operations of a training step's matrix products, two for each product of two elements, attention's and
 * the head's among them; 0 for other operators. Counted as a model's plan counts: places that a causal mask leaves out
 * are, and scores that attention's gradient makes again are not.
 */
export function operationsOf(node: Node): number {
  const [a, b, c] = node.inputs;
  // Three products of one size.
  if (node.op === "HeadCrossEntropy") return 6 * sizeOf(a!.shape) * b!.shape[0]!;
  // Of a value [T, B, heads, width] and statistics [2, B, heads, T].
  if (ATTENTION.has(node.op)) return 4 * sizeOf(node.outputs[0]!.shape) * node.outputs[1]!.shape.at(-1)!;
  if (ATTENTION_GRADIENTS.has(node.op)) return 8 * sizeOf(b!.shape) * c!.shape.at(-1)!;
  if (!PRODUCTS.has(node.op) || !a) return 0;
  const isTurned = intAttribute(node, "transA", 0) === 1;
  const turnedAxis = intAttribute(node, "transBatchA", 0) === 1 ? 0 : -2;
  return 2 * sizeOf(node.outputs[0]!.shape) * a.shape.at(isTurned ? turnedAxis : -1)!;
}
