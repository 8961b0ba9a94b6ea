/**
 * Floating-point operations of a training step: (6 N + 12 L T C) a token. N counts the parameters that matrices are
 * multiplied by, or as good as: all but the position embedding; the tied token embedding counts once, as the head. L, T,
 * C are layers, context length and width: attention's scores and sums, as if nothing were left out for being masked.
 *
 * @source Chowdhery et al. 2022, PaLM, https://arxiv.org/abs/2204.02311, appendix B
 */
export function trainingFlops({ layerCount, embedDim, contextLength, microBatch, vocabSize }) {
  const block = 12 * embedDim ** 2 + 13 * embedDim;
  const parameters = layerCount * block + 2 * embedDim + vocabSize * embedDim;
  const perToken = 6 * parameters + 12 * layerCount * contextLength * embedDim;
  return perToken * microBatch * contextLength;
}
