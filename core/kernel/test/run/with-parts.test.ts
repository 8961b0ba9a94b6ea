import { expect } from "chai";
import { BatchSourcePoint, CorpusPoint, TokenizerPoint, TrackerPoint } from "codex-core";
import { createTemporaryFolder, MemoryTracker, rejection, removeTemporaryFolders } from "codex-core/testing";
import { createFakeKernel } from "./fake-run.js";

describe("kernel.withParts", () => {
  let project: string;
  beforeEach(async () => {
    project = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  it("makes the parts that are asked for and those they depend on, once each, and closes them", async () => {
    const tracker = new MemoryTracker();
    const events: string[] = [];
    class Closing {
      fingerprint = "f".repeat(64);
      dispose() {
        events.push("closed");
      }
    }
    const parts = { [TrackerPoint.key]: { mine: tracker }, [BatchSourcePoint.key]: Closing };
    const kernel = await createFakeKernel(project, {}, { parts });
    const points = { source: BatchSourcePoint, corpus: CorpusPoint, tokenizer: TokenizerPoint };
    const answer = await kernel.withParts(points, async ({ source, corpus, tokenizer }) => {
      expect(source).to.be.instanceOf(Closing);
      expect(await corpus.fingerprint()).to.match(/^[0-9a-f]{64}$/);
      events.push("used");
      return tokenizer.vocabSize;
    });
    expect(answer).to.equal(257);
    expect(events).to.deep.equal(["used", "closed"]);
    expect(tracker.run).to.equal(undefined);
  });

  it("closes them when the work fails too, and passes on what failed", async () => {
    let isClosed = false;
    class Closing {
      dispose() {
        isClosed = true;
      }
    }
    const kernel = await createFakeKernel(project, {}, { parts: { [CorpusPoint.key]: Closing } });
    const working = kernel.withParts({ corpus: CorpusPoint }, () => Promise.reject(new RangeError("too far")));
    await working.then(
      () => expect.fail("the work succeeded"),
      (error: unknown) => expect(error).to.be.instanceOf(RangeError),
    );
    expect(isClosed).to.equal(true);
  });

  it("is refused when the kernel was disposed", async () => {
    const kernel = await createFakeKernel(project);
    await kernel.dispose();
    await rejection(() => kernel.withParts({ corpus: CorpusPoint }, async () => 1), "CODEX_KERNEL_DISPOSED");
  });
});
