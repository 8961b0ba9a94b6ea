import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, JsonCheckpointStore, rejection, removeTemporaryFolders } from "codex-core/testing";
import { inspectCheckpoint } from "#src/cli/checkpoint/inspect-checkpoint.js";
import { listCheckpoints } from "#src/cli/checkpoint/list-checkpoints.js";
import { pruneCheckpoints } from "#src/cli/checkpoint/prune-checkpoints.js";
import { verifyCheckpoints } from "#src/cli/checkpoint/verify-checkpoints.js";
import { createFakeKernel } from "../run/fake-run.js";
import { createFakeContext, type FakeContext } from "./fake-context.js";
import { createFakeTerminal } from "./fake-terminal.js";

describe("codex checkpoint", () => {
  let project: string;

  beforeEach(async () => {
    project = await createTemporaryFolder();
    const kernel = await createFakeKernel(project, { trainer: { type: "fake", maxSteps: 6, saveEvery: 2 } });
    await kernel.train();
    await kernel.dispose();
  });

  afterEach(removeTemporaryFolders);

  const contextOf = () =>
    createFakeContext({
      terminal: createFakeTerminal(project),
      kernel: { withCheckpoints: (use) => use(new JsonCheckpointStore(join(project, "my run"))) },
    });

  it("lists the checkpoints of a run, oldest first", async () => {
    const context = contextOf();
    await listCheckpoints("my run", context);
    const [head, ...rows] = context.terminal.stdout.text.trimEnd().split("\n");
    expect(head).to.match(/^step +size +train\/loss +eval\/loss +path$/);
    expect(rows.map((row) => row.split(/ +/)[0])).to.deep.equal(["2", "4", "6"]);
    expect(context.wasDisposed).to.equal(true);
  });

  it("shows what the newest checkpoint of a run holds", async () => {
    const context = contextOf();
    await inspectCheckpoint("my run", context);
    expect(context.terminal.stdout.text).to.match(/^checkpoint .*step-00000006\nstep +6\n/);
    expect(context.terminal.stdout.text).to.match(/model +count +float32 +\[1\]/);
  });

  it("verifies all checkpoints of a run, and fails when one is damaged", async () => {
    const whole = contextOf();
    await verifyCheckpoints("my run", whole);
    expect(whole.exitCode).to.equal(0);
    await writeFile(join(project, "my run/checkpoints/step-00000004/checkpoint.json"), "{}");
    const context = contextOf();
    await verifyCheckpoints("my run", context);
    expect(context.exitCode).to.equal(1);
    const rows = context.terminal.stdout.text.trimEnd().split("\n");
    expect(rows.map((row) => row.split(/ +/)[0])).to.deep.equal(["whole", "damaged", "whole"]);
    expect(rows[1]).to.include("step-00000004").and.include("CODEX_CHECKPOINT_CORRUPT");
  });

  it("removes what is not to be kept, after telling of it", async () => {
    const dry = contextOf();
    await pruneCheckpoints("my run", { keepLast: 1, dryRun: true }, dry);
    expect(dry.terminal.stdout.text).to.match(/^Would remove:\n/);
    const context = contextOf();
    await pruneCheckpoints("my run", { keepLast: 1 }, context);
    expect(context.terminal.stdout.text)
      .to.match(/^Removed:\n/)
      .and.include("step-00000002");
    const after = contextOf();
    await pruneCheckpoints("my run", { keepLast: 1 }, after);
    expect(after.terminal.stdout.text).to.equal("All checkpoints are kept.\n");
  });

  it("takes of `latest` the newest run, with its own config where it has no checkpoint", async () => {
    const newest = join(project, "runs/newest");
    await mkdir(newest, { recursive: true });
    await cp(join(project, "my run"), join(project, "runs/older"), { recursive: true });
    await writeFile(join(newest, "run.json"), JSON.stringify({ runId: "newest", startedAt: "2999-01-01T00:00:00Z" }));
    const works = [
      (context: FakeContext) => listCheckpoints("latest", context),
      (context: FakeContext) => pruneCheckpoints("latest", {}, context),
    ];
    for (const work of works) {
      const context = contextOf();
      await work(context);
      expect(context.kernelSettings?.checkpoint).to.equal(newest);
      expect(context.terminal.stdout.text).to.not.include("step-");
    }
    await rejection(() => verifyCheckpoints("latest", contextOf()), "CODEX_RUN_NO_CHECKPOINT");
  });

  it("refuses a run that is not there", async () => {
    await rejection(() => listCheckpoints("nowhere", contextOf()), "CODEX_RUN_NOT_FOUND");
  });
});
