import { type Graph, nodesOf, useCounts } from "../ir/graph.js";
import type { Value } from "../ir/value.js";
import { nativeDomain } from "../target/target.js";
import { replaceValues } from "./replace-values.js";

/**
 * A native cross entropy whose probabilities nobody reads, as in an evaluation → one that does not write them: beside
 * the logits, nothing of their size is held.
 */
export function dropProbabilities(graph: Graph): Graph {
  const counts = useCounts(graph);
  const replacements = new Map<Value, Value>();
  for (const { op, domain, inputs, outputs, attributes } of nodesOf(graph)) {
    const [losses, probabilities] = outputs;
    if (op !== "CrossEntropy" || domain !== nativeDomain || !probabilities || counts.has(probabilities)) continue;
    const alone = graph.builder.node(op, inputs, [losses!], attributes, domain);
    replacements.set(losses!, alone.outputs[0]!);
  }
  return replaceValues(graph, replacements);
}
