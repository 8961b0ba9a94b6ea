/** Sizes of the benchmarks: nanoGPT's CPU config, its GPU config at microBatch 16, and GPT-2 124M. */
export const shapes = {
  S: { layerCount: 4, headCount: 4, embedDim: 128, contextLength: 64, microBatch: 12, vocabSize: 65 },
  M: { layerCount: 6, headCount: 6, embedDim: 384, contextLength: 256, microBatch: 16, vocabSize: 65 },
  L: { layerCount: 12, headCount: 12, embedDim: 768, contextLength: 256, microBatch: 2, vocabSize: 50257 },
};
