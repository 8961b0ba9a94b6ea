import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import type { Lockfile } from "#src/lock/lockfile.js";
import { compareReplay } from "#src/replay/compare-replay.js";

const lock = (values: Lockfile["config"]["values"], plugins: readonly string[], version = "1.0.0"): Lockfile => ({
  formatVersion: 1,
  runId: "a",
  config: { numbers: JSON.stringify(values), observing: JSON.stringify(plugins), values },
  plugins: Object.fromEntries(plugins.map((name) => [name, { version, integrity: "sha256-1" }])),
  node: "v20.0.0",
  platform: "linux x64",
  environment: "e",
});

describe("compareReplay", () => {
  let original: string;
  let replay: string;

  beforeEach(async () => {
    [original, replay] = [await createTemporaryFolder(), await createTemporaryFolder()];
  });

  afterEach(removeTemporaryFolders);

  const compare = () => compareReplay(original, replay, () => Promise.reject(new TypeError("there is no checkpoint")));

  const writeLock = (folder: string, value: Lockfile) => writeFile(join(folder, "lock.json"), JSON.stringify(value));

  it("does not tell as a difference that a replay has no trackers and no callbacks", async () => {
    const values = { "trainer.maxSteps": 4 };
    await writeLock(original, lock({ ...values, "callback.stop.patience": 3 }, ["trainer", "tracker-files"]));
    await writeLock(replay, lock({ ...values, callback: {} }, ["trainer"]));
    expect(await compare()).to.deep.include({ locks: [] });
  });

  it("tells options and plugins that changed, and a plugin that was not there", async () => {
    await writeLock(original, lock({ "optimizer.learningRate": 1 }, ["trainer"]));
    await writeLock(replay, lock({ "optimizer.learningRate": 2 }, ["trainer", "other"], "2.0.0"));
    const { locks } = await compare();
    expect(locks!.map(({ key, effect }) => [key, effect])).to.deep.equal([
      ["optimizer.learningRate", "numbers"],
      ["other", "maybe"],
      ["trainer", "maybe"],
    ]);
  });

  it("is not identical where nothing was compared", async () => {
    expect(await compare()).to.deep.include({ identical: false, checkpoints: [] });
  });
});
