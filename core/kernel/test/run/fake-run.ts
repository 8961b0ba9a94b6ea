import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "codex-core";
import { createKernel, type KernelSettings } from "codex-core/kernel";
import { createFakeConfig, createTemporaryFolder, fakePlugin } from "codex-core/testing";

const outputDir = "my run";

/** A project's folder of its own, and that of the run which a fake kernel trains there; not made yet. */
export async function createFakeProject(): Promise<{ project: string; folder: string }> {
  const project = await createTemporaryFolder();
  return { project, folder: join(project, outputDir) };
}

/**
 * A kernel whose parts are all fakes, and a run's folder `my run` in the project. The machine is not measured unless the
 * config says so: all records are the trainer's.
 */
export function createFakeKernel(projectFolder: string, config: JsonObject = {}, settings: KernelSettings = {}) {
  const { run, ...sections } = config as { run?: object };
  return createKernel({
    projectFolder,
    ...settings,
    plugins: [fakePlugin, ...(settings.plugins ?? [])],
    config: createFakeConfig({
      run: { name: "fake", seed: 1, outputDir, systemMetrics: false, ...run },
      ...sections,
    }),
    limits: { createMs: 2000, trackerMs: 2000, safetyMs: 500, ...settings.limits },
  });
}

/** A JSON file of a run. */
export async function readJson(folder: string, name: string): Promise<Record<string, never>> {
  return JSON.parse(await readFile(join(folder, name), "utf8"));
}

/** The rows of an NDJSON file of a run. */
export async function readRows(folder: string, name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(folder, name), "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
