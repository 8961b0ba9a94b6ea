import { type Node, producer, sameShape, uniformValue, type Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** The operands of a sum, either way round. */
function ways(node: Node): readonly (readonly [Value, Value])[] {
  const [a, b] = node.inputs as [Value, Value];
  return [
    [a, b],
    [b, a],
  ];
}

/** base + scattered(zeros) → scattered(base): a tied table's rows go straight onto its other gradient. */
const scatterOnto: Rule = (node, { g, uses }) => {
  for (const [base, other] of ways(node)) {
    const scatter = producer(other, "ScatterElements");
    const zeros = scatter?.inputs[0];
    if (!scatter || !zeros || uniformValue(zeros) !== 0 || uses(other) > 1) continue;
    if (scatter.attributes.reduction?.value !== "add" || !sameShape(base.shape, other.shape)) continue;
    return g.apply("ScatterElements", scatter.inputs.with(0, base), other.dtype, other.shape, scatter.attributes);
  }
  return undefined;
};

/** base + rows of an embedding's gradient → those rows onto the base. */
const embeddingOnto: Rule = (node, { g, uses }) => {
  for (const [base, other] of ways(node)) {
    const gradient = producer(other, "EmbeddingGradient");
    if (!gradient || uses(other) > 1 || !sameShape(base.shape, other.shape)) continue;
    const inputs = [...gradient.inputs, base];
    return g.apply("EmbeddingGradientOnto", inputs, other.dtype, other.shape, {}, nativeDomain);
  }
  return undefined;
};

/** base + A·B → a Gemm that starts from base: in place when base is state, one pass less else. */
const productOnto: Rule = (node, { g, uses }) => {
  for (const [base, other] of ways(node)) {
    const product = producer(other, "Gemm");
    if (!product || product.inputs.length > 2 || uses(other) > 1 || !sameShape(base.shape, other.shape)) continue;
    const isState = base.source.kind === "input" && base.source.of === "state";
    if (!isState && !producer(base, "Gemm")) continue;
    return g.apply("Gemm", [...product.inputs, base], other.dtype, other.shape, product.attributes);
  }
  return undefined;
};

/** state + scattered(base) → scattered(state + base), so that a product below can start from the state. */
const sumBeforeScatter: Rule = (node, { g, uses }) => {
  for (const [base, other] of ways(node)) {
    const scatter = producer(other, "ScatterElements");
    if (!scatter || uses(other) > 1 || scatter.attributes.reduction?.value !== "add") continue;
    if (base.source.kind !== "input" || !sameShape(base.shape, other.shape)) continue;
    const sum = g.apply("Add", [base, scatter.inputs[0]!], base.dtype, base.shape);
    return g.apply("ScatterElements", scatter.inputs.with(0, sum), base.dtype, base.shape, scatter.attributes);
  }
  return undefined;
};

/** state + rows onto a base → rows onto state + base, so that a product below can start from the state. */
const sumBeforeEmbedding: Rule = (node, { g, uses }) => {
  for (const [base, other] of ways(node)) {
    const gradient = producer(other, "EmbeddingGradientOnto");
    if (!gradient || uses(other) > 1 || base.source.kind !== "input" || !sameShape(base.shape, other.shape)) continue;
    const sum = g.apply("Add", [base, gradient.inputs[2]!], base.dtype, base.shape);
    return g.apply(gradient.op, gradient.inputs.with(2, sum), base.dtype, base.shape, {}, nativeDomain);
  }
  return undefined;
};

/** state + (A·B + C) → A·B + (state + C), so that the product that makes C can start from the state. */
const sumBeforeProduct: Rule = (node, { g, uses }) => {
  for (const [base, other] of ways(node)) {
    const product = producer(other, "Gemm");
    const added = product?.inputs[2];
    if (!product || !added || uses(other) > 1 || uses(added) > 1 || base.source.kind !== "input") continue;
    if (!producer(added, "Gemm") || !sameShape(added.shape, base.shape)) continue;
    const sum = g.apply("Add", [base, added], base.dtype, base.shape);
    return g.apply("Gemm", product.inputs.with(2, sum), base.dtype, base.shape, product.attributes);
  }
  return undefined;
};

/** Sums that a product or a scatter can start from. */
export const accumulateRules: RuleSet = {
  Add: [scatterOnto, sumBeforeScatter, embeddingOnto, sumBeforeEmbedding, sumBeforeProduct, productOnto],
};
