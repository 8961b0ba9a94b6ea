/**
 * The places where the model drops out, as numbers in the random counter. They are fixed: a checkpoint resumed by
 * another version draws the same masks. 0 is the sum of embeddings; block n has 3n + 1, 3n + 2 and 3n + 3.
 */
export const dropoutSites = {
  embedding: 0,
  attention: (layer: number) => 3 * layer + 1,
  attentionResidual: (layer: number) => 3 * layer + 2,
  mlpResidual: (layer: number) => 3 * layer + 3,
} as const;
