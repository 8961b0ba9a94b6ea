import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { CheckpointContents } from "codex-core";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { runErrors } from "#src/errors/run-errors.js";
import { compareCheckpoints } from "#src/replay/compare-checkpoints.js";

describe("compareCheckpoints", () => {
  let original: string;
  let replay: string;

  beforeEach(async () => {
    [original, replay] = [await createTemporaryFolder(), await createTemporaryFolder()];
    for (const step of [2, 10]) await mkdir(stepFolder(original, step), { recursive: true });
    for (const step of [2, 5, 10]) await mkdir(stepFolder(replay, step), { recursive: true });
  });

  afterEach(removeTemporaryFolders);

  const stepFolder = (run: string, step: number) => join(run, "checkpoints", `step-${step}`);

  /** What a store says of a checkpoint whose tensors have this digest. */
  const contents = (path: string, sha256: string): CheckpointContents => ({
    path,
    step: 0,
    metrics: {},
    sizeBytes: 1,
    formatVersion: 1,
    files: {
      "model.safetensors": { sizeBytes: 1, sha256 },
      "lock.json": { sizeBytes: 1, sha256: path },
    },
    tensors: { model: {}, optimizer: {} },
  });

  it("compares the tensors of steps that both have, and no other file", async () => {
    const verify = async (path: string) => contents(path, path === stepFolder(replay, 10) ? "other" : "same");
    expect(await compareCheckpoints(original, replay, verify)).to.deep.equal([
      { step: 2, sameTensors: true, damaged: [] },
      { step: 10, sameTensors: false, damaged: [] },
    ]);
  });

  it("tells a damaged checkpoint by its path, and never takes it for the same", async () => {
    const verify = async (path: string) => {
      if (path !== stepFolder(original, 2)) return contents(path, "same");
      throw runErrors.CODEX_RUN_FOLDER_FAILED({ what: "model.safetensors was changed" });
    };
    const [damaged, whole] = await compareCheckpoints(original, replay, verify);
    expect(damaged).to.deep.include({ step: 2, sameTensors: false });
    expect(damaged!.damaged).to.have.length(1);
    expect(damaged!.damaged[0]).to.have.property("path", stepFolder(original, 2));
    expect(damaged!.damaged[0]).to.have.nested.property("error.what", "model.safetensors was changed");
    expect(whole).to.deep.equal({ step: 10, sameTensors: true, damaged: [] });
  });

  it("does not take a store that fails for a damaged checkpoint", async () => {
    const verify = () => Promise.reject(new TypeError("a mistake"));
    const error = await compareCheckpoints(original, replay, verify).catch((reason) => reason);
    expect(error).to.be.an.instanceOf(TypeError);
  });
});
