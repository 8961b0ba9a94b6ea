import { ancestorsOf, type Graph, nodesOf, useCounts } from "../ir/graph.js";
import { nodeOf, producer, sameShape, type Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import { replaceValues } from "./replace-values.js";
import type { Rule, RuleSet } from "./rewrite.js";

/** x · mask → dropout that draws the mask where it is used: for x, and for the gradient. */
const drawMask: Rule = (node, { g }) => {
  const [a, b] = node.inputs as [Value, Value];
  for (const [x, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const mask = producer(other, "DropoutMask");
    if (!mask || !sameShape(x.shape, other.shape)) continue;
    return g.apply("Dropout", [x, mask.inputs[0]], x.dtype, x.shape, mask.attributes, nativeDomain);
  }
  return undefined;
};

/** other + dropout of x → dropout that adds it, as a residual is. */
const addToDropout: Rule = (node, { g, uses }) => {
  const [a, b] = node.inputs as [Value, Value];
  for (const [dropped, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const dropout = producer(dropped, "Dropout");
    const fits = dropout?.domain === nativeDomain && dropout.inputs.length === 2 && uses(dropped) === 1;
    if (!fits || !sameShape(dropped.shape, other.shape)) continue;
    const inputs = [...dropout.inputs, other];
    return g.apply("Dropout", inputs, other.dtype, other.shape, dropout.attributes, nativeDomain);
  }
  return undefined;
};

/** Rules for native operators; they find nothing in graphs of stock ones. */
export const fuseNativeRules: RuleSet = { Mul: [drawMask], Add: [addToDropout] };

/** Places of the optional `added` of gradients of normalizations. */
const addedPlace: { readonly [op: string]: number } = { LayerNormGradient: 5, RmsNormGradient: 4 };

/** dx + other → the gradient of a normalization that adds it: what reaches a residual by its other way. */
export function addToNormGradients(graph: Graph): Graph {
  const g = graph.builder;
  const counts = useCounts(graph);
  const replacements = new Map<Value, Value>();
  for (const node of nodesOf(graph)) {
    if (node.op !== "Add") continue;
    const [a, b] = node.inputs as [Value, Value];
    for (const [dx, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const gradient = producer(dx, ...Object.keys(addedPlace));
      const place = gradient && addedPlace[gradient.op]!;
      if (!gradient || gradient.inputs.length > place! || counts.get(dx) !== 1) continue;
      if (!sameShape(dx.shape, other.shape) || ancestorsOf(nodeOf(other)).has(gradient)) continue;
      const inputs = [...gradient.inputs, other];
      const added = g.node(gradient.op, inputs, gradient.outputs, gradient.attributes, gradient.domain);
      replacements.set(node.outputs[0]!, added.outputs[0]!);
      gradient.outputs.forEach((output, index) => {
        if (index > 0) replacements.set(output, added.outputs[index]!);
      });
      break;
    }
  }
  return replaceValues(graph, replacements);
}
