import type { Graph } from "../ir/graph.js";
import { accumulateRules } from "./accumulate.js";
import { cancelMovementRules } from "./cancel-movement.js";
import { dropProbabilities } from "./drop-probabilities.js";
import { foldProductRules } from "./fold-products.js";
import { foldUniformRules } from "./fold-uniform.js";
import { fuseHead } from "./fuse-head.js";
import { addToNormGradients, fuseNativeRules } from "./fuse-native.js";
import { layOutProductRules, sumByProductRules } from "./lay-out-products.js";
import { mergeSumRules } from "./merge-sums.js";
import { nativeProductRules, smallProductRules } from "./native-products.js";
import { packAttentionRules } from "./pack-attention.js";
import { type RuleSet, rewrite, rewriteOnce } from "./rewrite.js";

/** Rules of several sets; those of earlier sets are tried first. */
function merge(...sets: readonly RuleSet[]): RuleSet {
  const merged: Record<string, RuleSet[string]> = {};
  for (const set of sets) {
    for (const [op, rules] of Object.entries(set)) merged[op] = [...(merged[op] ?? []), ...rules];
  }
  return merged;
}

const simplify = merge(
  fuseNativeRules,
  packAttentionRules,
  foldUniformRules,
  cancelMovementRules,
  foldProductRules,
  mergeSumRules,
);
const accumulate = merge(simplify, accumulateRules);

/**
 * All passes: first what makes the graph smaller, then where sums go. Dead code needs no pass, a graph being what its
 * outputs need; common subexpressions never arise, the builder making each node once.
 */
export function optimizeGraph(graph: Graph): Graph {
  const summed = rewrite(addToNormGradients(rewrite(graph, simplify)), accumulate);
  if (!graph.builder.target.native) return rewriteOnce(summed, merge(layOutProductRules, sumByProductRules));
  const headed = dropProbabilities(fuseHead(rewriteOnce(summed, sumByProductRules)));
  return rewriteOnce(rewrite(headed, nativeProductRules), smallProductRules);
}
