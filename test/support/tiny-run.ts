import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRepeatableMetric } from "codex-core";
import { createKernel, type TrainSettings } from "codex-core/kernel";
import { ScratchProject } from "./scratch-project.js";

/** Steps of a tiny run, whose evaluations stop it early at the last of them. */
export const tinySteps = 10;

const lines = Array.from({ length: 16 }, (_, index) => `${index} whales swam ${(index * 7) % 5} miles.`);

/** Dropout, shuffling, accumulation, evaluations, samples, early stopping, and the data several times over. */
const tinyConfig = {
  data: { type: "text", paths: ["book.txt"], validationFraction: 0.2 },
  tokenizer: { type: "char" },
  model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16, dropout: 0.2 },
  schedule: { warmupSteps: 3 },
  optimizer: { learningRate: 0.01 },
  trainer: {
    maxSteps: 14,
    microBatch: 2,
    gradAccumSteps: 2,
    evalEvery: 2,
    // A loss that falls is never greater than the first: four evaluations after it, training stops.
    earlyStopping: { mode: "max", patience: 4, monitor: "eval/loss" },
    sample: { every: 3, maxNewTokens: 8 },
  },
  checkpoint: { every: 1, keepLast: 20 },
  compute: { type: "onnx", threads: 1 },
};

/** Makes a project whose config is the tiny run's. */
export function createTinyProject(): ScratchProject {
  return new ScratchProject([
    { name: "book.txt", text: lines.join("\n") },
    { name: "codex.config.json", text: JSON.stringify(tinyConfig) },
  ]);
}

/** Trains in a folder of the project. */
export async function trainTiny(
  project: ScratchProject,
  folder: string,
  settings: TrainSettings = {},
  overrides: readonly string[] = [],
) {
  const kernel = await createKernel({
    projectFolder: project.folder,
    overrides: [`run.outputDir=${join(project.folder, folder)}`, ...overrides],
  });
  try {
    return await kernel.train(settings);
  } finally {
    await kernel.dispose();
  }
}

/** Folder of a step's checkpoint. */
export function checkpointOf(run: string, step: number): string {
  return join(run, "checkpoints", `step-${String(step).padStart(8, "0")}`);
}

/** What of a run has to be the same, to the bit, after a step: weights, moments, metrics but clocks, samples. */
export interface RunBits {
  readonly checkpoints: { readonly [file: string]: string };
  readonly metrics: readonly object[];
  readonly samples: readonly object[];
}

/** Reads a run's bits past a step. */
export function readBits(run: string, after = 0): RunBits {
  const steps = readdirSync(join(run, "checkpoints")).filter((name) => /^step-\d+$/.test(name));
  const checkpoints: { [file: string]: string } = {};
  for (const name of steps.filter((name) => Number(name.slice(5)) > after).sort()) {
    for (const file of ["model.safetensors", "optimizer.safetensors"]) {
      checkpoints[`${name}/${file}`] = digestOf(join(run, "checkpoints", name, file));
    }
  }
  const isLater = ({ step }: Row) => Number(step) > after;
  const samples = readRows(join(run, "events.ndjson")).filter(({ event }) => event === "sample");
  return {
    checkpoints,
    metrics: readRows(join(run, "metrics.ndjson")).filter(isLater).filter(isOfTraining).map(withoutClocks),
    samples: samples.filter(isLater).map(withoutClocks),
  };
}

/** Digests of all files of a folder, and the names of its folders. */
export function readListing(folder: string): { readonly [path: string]: string } {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const digests = names.map((name) => {
    const path = join(folder, name);
    return [name, statSync(path).isFile() ? digestOf(path) : "folder"];
  });
  return Object.fromEntries(digests);
}

/** Writes another book of the same letters. */
export function changeBook(project: ScratchProject): void {
  writeFileSync(join(project.folder, "book.txt"), [...lines].reverse().join("\n"));
}

export function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

interface Row {
  readonly [key: string]: unknown;
}

export function readRows(path: string): Row[] {
  const text = readFileSync(path, "utf8").trim();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line) as Row);
}

/** A row of metrics or of events without its number and without what a clock or the machine measured. */
export function withoutClocks(row: Row): object {
  return Object.fromEntries(Object.entries(row).filter(([key]) => key !== "seq" && isRepeatableMetric(key)));
}

/** Whether a row of metrics tells more than how the machine was at its time. */
export function isOfTraining(row: Row): boolean {
  const names = Object.keys(row).filter((key) => key.includes("/"));
  return !names.every((name) => name.startsWith("system/"));
}
