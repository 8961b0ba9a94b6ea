import { concat } from "../ir/movement-operators.js";
import { int, producer, type Value } from "../ir/value.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** The vector whose sum a scalar is. */
function summed(value: Value, uses: (value: Value) => number): Value | undefined {
  const sum = producer(value, "ReduceSum");
  const vector = sum?.inputs[0];
  return vector?.shape.length === 1 && vector.dtype === "float32" && uses(value) === 1 ? vector : undefined;
}

/** Σ v₁ + Σ v₂ + … → Σ (v₁, v₂, …): one small sum in the place of hundreds, as a gradient norm is. */
const joinSums: Rule = (node, { g, uses }) => {
  const vectors = node.inputs.map((input) => summed(input!, uses));
  if (vectors.some((vector) => vector === undefined)) return undefined;
  const joined = concat(g, vectors as Value[], 0);
  return g.apply("ReduceSum", [joined, g.int64s([0])], "float32", [], { keepdims: int(0) });
};

/** Sums of sums. */
export const mergeSumRules: RuleSet = { Sum: [joinSums] };
