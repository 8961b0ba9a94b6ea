/** Sizes of the benchmarks: nanoGPT's CPU config, its GPU config at microBatch 16, GPT-2 124M, and where scaling starts. */
export const shapes = {
  S: { layerCount: 4, headCount: 4, embedDim: 128, contextLength: 64, microBatch: 12, vocabSize: 65 },
  M: { layerCount: 6, headCount: 6, embedDim: 384, contextLength: 256, microBatch: 16, vocabSize: 65 },
  L: { layerCount: 12, headCount: 12, embedDim: 768, contextLength: 256, microBatch: 2, vocabSize: 50257 },
  base: { layerCount: 4, headCount: 4, embedDim: 256, contextLength: 128, microBatch: 8, vocabSize: 65 },
};

/** A shape by its text: a name, or a name with other sizes, as in `S+contextLength=128`; undefined for any other text. */
export function parseShape(text) {
  const [name, ...changes] = text.split("+");
  if (!Object.hasOwn(shapes, name)) return undefined;
  const shape = { ...shapes[name] };
  for (const change of changes) {
    const [, key, size] = /^(\w+)=([1-9]\d*)$/.exec(change) ?? [];
    if (!Object.hasOwn(shape, key ?? "")) return undefined;
    shape[key] = Number(size);
  }
  return shape.embedDim % shape.headCount === 0 ? shape : undefined;
}
