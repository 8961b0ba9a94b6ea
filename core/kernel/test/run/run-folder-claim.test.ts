import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { rejection, removeTemporaryFolders } from "codex-core/testing";
import { RunLock } from "#src/run/run-lock.js";
import { createFakeKernel, createFakeProject } from "./fake-run.js";

describe("the folder of a run", () => {
  let project: string;
  let folder: string;

  beforeEach(async () => {
    ({ project, folder } = await createFakeProject());
  });

  afterEach(removeTemporaryFolders);

  const trainer = (maxSteps: number) => ({ trainer: { type: "fake", maxSteps, saveEvery: 4 } });

  it("is refused where an earlier run has it", async () => {
    const kernel = await createFakeKernel(project, trainer(4));
    await kernel.train();
    const before = await readFile(join(folder, "metrics.ndjson"), "utf8");
    const error = await rejection(() => kernel.train(), "CODEX_RUN_FOLDER_OCCUPIED");
    expect(error.fix).to.include("--resume-from latest");
    expect(await readFile(join(folder, "metrics.ndjson"), "utf8")).to.equal(before);
  });

  it("is none that holds what is somebody's own, and may be one that only looks begun", async () => {
    const kernel = await createFakeKernel(project, trainer(4));
    await mkdir(join(folder, "checkpoints"), { recursive: true });
    await writeFile(join(folder, "metrics.ndjson"), "mine\n");
    for (const resumeFrom of [undefined, "latest"]) {
      const asked = resumeFrom === undefined ? {} : { resumeFrom };
      const error = await rejection(() => kernel.train(asked), "CODEX_RUN_FOLDER_OCCUPIED");
      expect(error.message).to.include("metrics.ndjson").and.include("no run");
      expect(error.fix).to.include("empty");
    }
    expect(await readFile(join(folder, "metrics.ndjson"), "utf8")).to.equal("mine\n");
    const file = await createFakeKernel(project, { ...trainer(4), run: { outputDir: "my run/metrics.ndjson" } });
    expect(await rejection(() => file.train(), "CODEX_RUN_FOLDER_OCCUPIED"))
      .to.have.property("what")
      .match(/no folder/);
    await rm(join(folder, "metrics.ndjson"));
    await writeFile(join(folder, "run.json.1234.tmp"), "{");
    await writeFile(join(folder, ".gitkeep"), "");
    await kernel.train();
  });

  describe("that is in use", () => {
    it("by this process is refused", async () => {
      const slow = { trainer: { type: "fake", maxSteps: 1000, stepMs: 2 } };
      const controller = new AbortController();
      const kernel = await createFakeKernel(project, slow);
      let step = () => {};
      const stepped = new Promise<void>((resolve) => {
        step = resolve;
      });
      const training = kernel.train({ signal: controller.signal, observer: { stepEnd: step } });
      await stepped;
      const other = await createFakeKernel(project, slow);
      const error = await rejection(() => other.train({ resumeFrom: "latest" }), "CODEX_RUN_FOLDER_LIVE");
      expect(error.message).to.include(`process ${process.pid}`);
      controller.abort();
      expect((await training).outcome.status).to.equal("interrupted");
    });

    const lock = (owner: object) => writeFile(join(folder, ".lock"), JSON.stringify(owner));
    const train = async () => (await createFakeKernel(project, trainer(2))).train();

    it("by another process is refused, by one that is gone is taken over", async () => {
      await mkdir(folder, { recursive: true });
      await lock({ pid: process.ppid, host: hostname(), processStart: "" });
      await rejection(train, "CODEX_RUN_FOLDER_LIVE");
      await lock({ pid: 4_000_000, host: hostname(), processStart: "" });
      expect((await train()).outcome.step).to.equal(2);
    });

    it("leaves no lock that is not whole, and tidies the draft of a process that was killed over it", async () => {
      await mkdir(folder, { recursive: true });
      const draft = join(folder, ".lock-0123456789ab");
      await writeFile(draft, "{");
      const longAgo = new Date(Date.now() - 120_000);
      await utimes(draft, longAgo, longAgo);
      const taken = await RunLock.acquire(folder);
      expect(await readdir(folder)).to.deep.equal([".lock"]);
      expect(JSON.parse(await readFile(join(folder, ".lock"), "utf8"))).to.have.property("pid", process.pid);
      await taken.release();
    });

    it("by a process that began at another time is taken over: its pid was given out again", async () => {
      await mkdir(folder, { recursive: true });
      await lock({ pid: process.pid, host: hostname(), processStart: "1" });
      if (process.platform !== "linux") await rejection(train, "CODEX_RUN_FOLDER_LIVE");
      else expect((await train()).outcome.step).to.equal(2);
    });

    it("on another machine is refused until nobody has touched the lock for a minute", async () => {
      await mkdir(folder, { recursive: true });
      await lock({ pid: 1, host: "another-machine", processStart: "1" });
      const error = await rejection(train, "CODEX_RUN_FOLDER_LIVE");
      expect(error.message).to.include("another-machine");
      const longAgo = new Date(Date.now() - 120_000);
      await utimes(join(folder, ".lock"), longAgo, longAgo);
      expect((await train()).outcome.step).to.equal(2);
    });

    it("stays another's who took it over meanwhile", async () => {
      await mkdir(folder, { recursive: true });
      const taken = await RunLock.acquire(folder);
      const other = JSON.stringify({ pid: 1, host: "elsewhere", processStart: "", token: "another" });
      await writeFile(join(folder, ".lock"), other);
      await taken.release();
      expect(await readFile(join(folder, ".lock"), "utf8")).to.equal(other);
    });

    it("is taken over by one of several who try at the same time", async () => {
      await mkdir(folder, { recursive: true });
      await lock({ pid: 4_000_000, host: hostname(), processStart: "" });
      const taking = await Promise.allSettled([1, 2, 3, 4].map(() => RunLock.acquire(folder)));
      const taken = taking.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
      expect(taken).to.have.length(1);
      await taken[0]!.release();
      expect(await readdir(folder)).to.deep.equal([]);
    });

    it("that cannot be written is said so", async () => {
      await writeFile(folder, "a file stands here");
      const error = await rejection(train, "CODEX_RUN_FOLDER_OCCUPIED");
      expect(error.where).to.equal(folder);
      const below = await createFakeKernel(project, { ...trainer(4), run: { outputDir: "my run/below" } });
      await rejection(() => below.train(), "CODEX_RUN_FOLDER_FAILED");
    });
  });
});
