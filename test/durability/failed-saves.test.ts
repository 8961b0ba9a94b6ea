import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { removeTemporaryFolders } from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";
import type { CommandResult } from "../support/run-command.js";
import { runFailingSaves } from "../support/run-failing-saves.js";
import type { ScratchProject, User } from "../support/scratch-project.js";
import { SmallDisk } from "../support/small-disk.js";
import { createTinyProject } from "../support/tiny-run.js";

const failAt = new URL("../support/fail-at.mjs", import.meta.url).href;
const codex = join(repositoryRoot, "core/kernel/bin/codex.js");

/** A user who may write only what is its own; undefined where this process is no root or the user cannot run Codex. */
function plainUser(): User | undefined {
  const nobody = { uid: 65_534, gid: 65_534 };
  if (process.getuid?.() !== 0) return undefined;
  return spawnSync(process.execPath, [codex, "--version"], nobody).status === 0 ? nobody : undefined;
}

describe("a training that cannot save", function () {
  this.timeout(120_000);
  let project: ScratchProject;

  beforeEach(() => {
    project = createTinyProject();
  });
  afterEach(() => project.dispose());
  after(removeTemporaryFolders);

  const sizes = ["model.embedDim=64", "checkpoint.every=2", "trainer.maxSteps=8", "trainer.evalEvery=20"];

  const trainingIn = (run: string) => ["train", "--output-dir", run, "--resume-from", "latest", "--quiet", ...sizes];

  function train(run: string, more: readonly string[], environment: NodeJS.ProcessEnv = {}, user: User = {}) {
    return project.codex([...trainingIn(run), ...more], environment, user);
  }

  /** Fails what makes a checkpoint's files, where the system itself cannot be made to. */
  const failing = (step: number, code: string): NodeJS.ProcessEnv => ({
    NODE_OPTIONS: `--import ${failAt}`,
    CODEX_TEST_FAIL_PATH: `-step-0000000${step}`,
    CODEX_TEST_FAIL_CODE: code,
  });

  async function expectFailure({ code, stderr }: CommandResult, run: string, reason: string, kept: readonly number[]) {
    expect(code, stderr).to.equal(1);
    expect(stderr).to.contain("CODEX_CHECKPOINT_WRITE").and.contain(reason);
    expect(JSON.parse(readFileSync(join(run, "run.json"), "utf8")).status).to.equal("failed");
    const names = kept.map((step) => `step-0000000${step}`);
    expect(readdirSync(join(run, "checkpoints")).sort()).to.deep.equal(names);
    const verified = await project.command(["checkpoint", "verify", run]);
    expect(verified.code, verified.stdout).to.equal(0);
  }

  it("ends with exit code 1 on a full disk, and goes on from the checkpoint before once there is room", async () => {
    const disk = SmallDisk.mount(1_900_000);
    try {
      const run = join(disk?.folder ?? project.folder, "run");
      const full = await train(run, [], disk ? {} : failing(6, "ENOSPC"));
      await expectFailure(full, run, "ENOSPC", [2, 4]);
      disk?.resize(40_000_000);
      const { code, stderr } = await project.command(trainingIn(run));
      expect(code, stderr).to.equal(0);
      expect(readdirSync(join(run, "checkpoints")).sort().at(-1)).to.equal("step-00000008");
    } finally {
      disk?.dispose();
    }
  });

  it("ends with exit code 1 without permission, and goes on once there is", async () => {
    const run = join(project.folder, "run");
    const user = plainUser();
    const isDenied = user !== undefined || (process.getuid !== undefined && process.getuid() !== 0);
    if (user) {
      chmodSync(project.folder, 0o755);
      chownSync(project.folder, user.uid!, user.gid!);
    }
    expect((await train(run, ["trainer.maxSteps=4"], {}, user)).code).to.equal(0);
    if (isDenied) chmodSync(join(run, "checkpoints"), 0o555);
    const denied = await train(run, [], isDenied ? {} : failing(6, "EACCES"), user);
    await expectFailure(denied, run, "EACCES", [2, 4]);
    chmodSync(join(run, "checkpoints"), 0o755);
    expect((await train(run, [], {}, user)).code).to.equal(0);
  });

  it("loses nothing whatever operation of a save fails", async () => {
    const { failed, problems } = await runFailingSaves(23);
    expect(problems).to.deep.equal([]);
    expect(failed).to.be.greaterThan(2);
  });
});
