import { ByteTokenizer, describeBatchSource, MemoryBatchSource, MemoryCorpus } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of batch sources", () => {
  const corpus = new MemoryCorpus([
    "the whale swims in the sea. ".repeat(30),
    "call me anything you like. ".repeat(30),
  ]);

  describeMutants({
    "a batch source whose targets are its inputs": [
      () =>
        describeBatchSource(
          "mutant",
          async () => {
            const source = await MemoryBatchSource.create(corpus, new ByteTokenizer(), 1);
            return {
              fingerprint: source.fingerprint,
              open: async (...args: Parameters<typeof source.open>) => {
                const reader = await source.open(...args);
                const read = async (position: number) => {
                  const batch = await reader.read(position);
                  return { ...batch, targetIds: batch.tokenIds! };
                };
                return { ...reader, read };
              },
            };
          },
          { vocabSize: 257 },
        ),
      /each target the next token/,
    ],
    "a batch source that depends on the order of reading": [
      () =>
        describeBatchSource(
          "mutant",
          async () => {
            const source = await MemoryBatchSource.create(corpus, new ByteTokenizer(), 1);
            return {
              fingerprint: source.fingerprint,
              open: async (...args: Parameters<typeof source.open>) => {
                const reader = await source.open(...args);
                let next = 0;
                return { ...reader, read: () => reader.read(next++) };
              },
            };
          },
          { vocabSize: 257 },
        ),
      /same batch at a position/,
    ],
  });
});
