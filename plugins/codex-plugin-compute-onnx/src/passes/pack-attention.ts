import { reshape, split } from "../ir/movement-operators.js";
import { int, intAttribute, type Node, nodeOf, producer, sameShape, type Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** The value [T·B, 3·C] whose thirds q, k and v are, in order. */
function packedOf(parts: readonly (Value | undefined)[]): Value | undefined {
  const pieces = parts.map((part) => producer(part, "Reshape")?.inputs[0]);
  const splitter = nodeOf(pieces[0]);
  if (splitter?.op !== "Split" || splitter.outputs.length !== 3 || intAttribute(splitter, "axis", 0) !== 1) {
    return undefined;
  }
  const [length, batch, heads, width] = parts[0]!.shape as [number, number, number, number];
  const fits = splitter.outputs.every(
    (piece, index) => piece === pieces[index] && sameShape(piece.shape, [length * batch, heads * width]),
  );
  return fits ? splitter.inputs[0] : undefined;
}

const packedAttributes = (node: Node, { shape }: Value) => ({
  ...node.attributes,
  batch: int(shape[1]!),
  heads: int(shape[2]!),
});

/** Attention of the parts of one value → attention that reads them where they are. */
const packAttention: Rule = (node, { g }) => {
  const [q, k, v, ...rest] = node.inputs as [Value, Value, Value, ...(Value | undefined)[]];
  const packed = packedOf([q, k, v]);
  if (!packed) return undefined;
  const attributes = packedAttributes(node, q);
  return g.node("PackedCausalAttention", [packed, ...rest], node.outputs, attributes, nativeDomain).outputs;
};

/** Its gradient is one value too; its parts, joined again, are that value. */
const packGradient: Rule = (node, { g }) => {
  const [dy, y, statistics, q, k, v, ...rest] = node.inputs as [Value, Value, Value, Value, Value, Value];
  const packed = packedOf([q, k, v]);
  if (!packed) return undefined;
  const attributes = packedAttributes(node, q);
  const inputs = [dy, y, statistics, packed, ...rest];
  const gradient = g.apply("PackedCausalAttentionGradient", inputs, "float32", packed.shape, attributes, nativeDomain);
  const third = packed.shape[1]! / 3;
  return split(g, gradient, [third, third, third], 1).map((part) => reshape(g, part, q.shape));
};

/** Neither a Split before attention nor a Concat behind its gradient copies anything. */
export const packAttentionRules: RuleSet = {
  CausalAttention: [packAttention],
  CausalAttentionGradient: [packGradient],
};
