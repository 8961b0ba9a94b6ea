import { describeCorpus, MemoryCorpus } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of corpora", () => {
  describeMutants({
    "a corpus in another order each time": [
      () => {
        let flip = false;
        describeCorpus("mutant", () => {
          flip = !flip;
          return new MemoryCorpus(flip ? ["one", "two"] : ["two", "one"]);
        });
      },
      /same order each time/,
    ],
    "a corpus with a document of a source that it does not name": [
      () =>
        describeCorpus(
          "mutant",
          () =>
            new (class extends MemoryCorpus {
              override async *documents() {
                for await (const document of super.documents()) yield { ...document, source: "elsewhere" };
              }
            })(["one", "two"]),
        ),
      /which source each document belongs to/,
    ],
    "a corpus whose files have no digest": [
      () =>
        describeCorpus("mutant", () =>
          Object.assign(new MemoryCorpus(["one", "two"]), {
            sources: async () => [{ name: "text", weight: 1, files: [{ id: "a.txt", sizeBytes: 3, sha256: "" }] }],
          }),
        ),
      /what its sources' files are/,
    ],
  });
});
