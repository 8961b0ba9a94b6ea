import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ComputePoint, definePlugin, TrackerPoint } from "codex-core";
import { MemoryCompute, removeTemporaryFolders } from "codex-core/testing";
import { z } from "zod";
import { createFakeKernel, createFakeProject, readRows } from "./fake-run.js";

/** Provides a tracker that can take none of a run, and says so. */
const pickyPlugin = definePlugin({
  name: "codex-plugin-tracker-picky",
  register: (registrar) =>
    registrar.provide(TrackerPoint, "picky", {
      options: z.strictObject({}),
      create: (_parts, _options, { logger }) => ({
        open: async () => {
          logger.warn("a metric is left out", { key: "a\nb" });
          return {};
        },
        write: async () => undefined,
        close: async () => undefined,
      }),
    }),
});

describe("what a tracker warns of", () => {
  afterEach(removeTemporaryFolders);
  const said = 'tracker.mine: a metric is left out (key="a\\nb")';

  it("is told to who looks on and stands in the run's log, in training and in sync", async () => {
    const { project, folder } = await createFakeProject();
    const tracker = { mine: { type: "picky" } };
    const logging = { levels: { "tracker.mine": "warn" } };
    const kernel = await createFakeKernel(project, { tracker, logging }, { plugins: [pickyPlugin] });
    const warnings: string[] = [];
    const observer = { warning: (text: string) => warnings.push(text) };
    const { runId } = await kernel.train({ observer });
    expect(warnings).to.deep.equal([said]);
    await rm(join(folder, "trackers"), { recursive: true });
    await kernel.sync({ run: folder, observer });
    expect(warnings).to.deep.equal([said, said]);
    const lines = (await readRows(folder, "log.ndjson")).filter(({ component }) => component === "tracker.mine");
    expect(lines.map(({ level, runId: of, key }) => [level, of, key])).to.deep.equal([
      ["warn", runId, "a\nb"],
      ["warn", runId, "a\nb"],
    ]);
    await kernel.dispose();
  });

  it("is told where the log keeps no warnings", async () => {
    const { project } = await createFakeProject();
    const config = { tracker: { mine: { type: "picky" } }, logging: { level: "error" } };
    const kernel = await createFakeKernel(project, config, { plugins: [pickyPlugin] });
    const warnings: string[] = [];
    await kernel.train({ observer: { warning: (text) => warnings.push(text) } });
    expect(warnings).to.deep.equal([said]);
    await kernel.dispose();
  });
});

const slowPlugin = definePlugin({
  name: "codex-plugin-compute-slow",
  register: (registrar) =>
    registrar.provide(ComputePoint, "slow", {
      options: z.strictObject({}),
      create: (_parts, _options, { logger }) => {
        logger.warn("compiling first");
        return new MemoryCompute() as never;
      },
    }),
});

describe("what a compute backend warns of", () => {
  afterEach(removeTemporaryFolders);

  it("is told to who looks on", async () => {
    const { project } = await createFakeProject();
    const kernel = await createFakeKernel(project, { compute: { type: "slow" } }, { plugins: [slowPlugin] });
    const warnings: string[] = [];
    await kernel.train({ observer: { warning: (text) => warnings.push(text) } });
    expect(warnings).to.deep.equal(["compute: compiling first"]);
    await kernel.dispose();
  });
});
