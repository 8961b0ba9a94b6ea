import { describeCorpus, MemoryCorpus, rejection } from "codex-core/testing";

describe("a conformance suite", () => {
  it("says so when there is no test runner", async () => {
    const scope = globalThis as unknown as { describe?: unknown };
    const { describe: outer } = scope;
    scope.describe = undefined;
    try {
      await rejection(async () => describeCorpus("x", () => new MemoryCorpus([])), "CODEX_TESTING_NO_RUNNER");
    } finally {
      scope.describe = outer;
    }
  });
});
