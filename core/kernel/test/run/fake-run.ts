import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "codex-core";
import { createKernel, type KernelSettings } from "codex-core/kernel";
import { createFakeConfig, fakePlugin } from "codex-core/testing";

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
      run: { name: "fake", seed: 1, outputDir: "my run", systemMetrics: false, ...run },
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
