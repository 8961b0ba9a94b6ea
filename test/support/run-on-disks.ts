import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Callback,
  type CodexError,
  type Named,
  type NewRecord,
  type RunRecorder,
  type Trainer,
  type TrainingOutcome,
  type TrainingRun,
} from "codex-core";
import { createKernel, type Kernel } from "codex-core/kernel";
import { createFakeConfig, fakePlugin } from "codex-core/testing";
import { readRows } from "./tiny-run.js";
import type { TrackerDisks } from "./tracker-disks.js";

const builtIn = fileURLToPath(new URL("../../plugins/codex-plugins", import.meta.url));

/** What a step is told with: numbers that float32 does not keep. */
export function metricsOf(step: number): Named<number> {
  return {
    "train/loss": 4 / Math.sqrt(step),
    "train/gradNorm": 1 + Math.sin(step),
    "train/learningRate": 1e-3 * Math.cos(step / 1e4),
    "train/stepMs": 30 + (step % 7),
    ...(step % 10 === 0 ? { [`eval/at${step}`]: 1 / step } : {}),
  };
}

/** What is told beside numbers, each of which goes another way; texts and files are larger than two pages of a disk. */
export function otherRecords(runFolder: string, label: string, step: number): readonly NewRecord[] {
  const text = `${label}: ${"the whale swims on, ".repeat(500)}`;
  const name = `${label}.txt`;
  writeFileSync(join(runFolder, name), text);
  return [
    { kind: "params", step, params: { [`late.${label}`]: step } },
    { kind: "tags", step, tags: { [label]: "yes" } },
    { kind: "sample", step, prompt: "the whale", text },
    { kind: "sample", step, prompt: "call me", text: label },
    { kind: "text", step, key: "notes", text },
    { kind: "artifact", step, name, type: "file", path: name },
  ];
}

/** A run that a script makes go on. */
export class ScriptedRun implements Trainer, Callback {
  step = 0;
  /** Absolute path of the run's folder. */
  folder = "";
  readonly failures = new Map<string, CodexError[]>();
  #run: TrainingRun | undefined;
  #recorder: RunRecorder | undefined;

  constructor(readonly script: (run: ScriptedRun) => Promise<void>) {}

  runStart({ folder, recorder }: { readonly folder: string; readonly recorder: RunRecorder }): void {
    this.folder = folder;
    this.#recorder = recorder;
  }

  async train(run: TrainingRun): Promise<TrainingOutcome> {
    this.#run = run;
    await run.begin();
    await this.script(this);
    return { status: "finished", reason: "maxSteps", step: this.step, metrics: {} };
  }

  /** Makes steps, of which none may wait. */
  async steps(count: number): Promise<void> {
    for (let made = 0; made < count; made++) {
      this.step++;
      const metrics = metricsOf(this.step);
      await this.#run!.hooks.stepEnd({ step: this.step, maxSteps: 1000, epoch: this.step / 1000, metrics });
    }
  }

  tellOthers(label: string): void {
    for (const record of otherRecords(this.folder, label, this.step)) this.#recorder!.record(record);
  }

  /** Whether the trackers of these names began to write the newest record that there is now, or wrote it. */
  isDelivering(names: readonly string[]): boolean {
    const rows = [...readRows(join(this.folder, "metrics.ndjson")), ...readRows(join(this.folder, "events.ndjson"))];
    const newest = Math.max(...rows.map(({ seq }) => Number(seq ?? 0)));
    return names.every((name) => {
      try {
        const { settled, writing } = JSON.parse(readFileSync(join(this.folder, `trackers/${name}.json`), "utf8"));
        return [...settled, ...writing].some(([, to]) => to >= newest);
      } catch {
        return false;
      }
    });
  }

  /** Names of the trackers that work again. */
  recovered(): readonly string[] {
    const events = readRows(join(this.folder, "events.ndjson"));
    return events.filter(({ event }) => event === "trackerRecovered").map(({ part }) => String(part).split(".")[1]!);
  }
}

/** A kernel whose trackers write to small disks, and whose trainer is a script; the other parts compute nothing. */
export function kernelOnDisks(projectFolder: string, disks: TrackerDisks, run: ScriptedRun): Promise<Kernel> {
  const tracker = Object.fromEntries(disks.types.map((type) => [type, disks.optionsOf(type)]));
  return createKernel({
    projectFolder,
    config: createFakeConfig({ tracker, run: { name: "whales", systemMetrics: false } }),
    parts: { trainer: run, callback: { script: run } },
    plugins: [fakePlugin, builtIn],
  });
}

/** Trains, and keeps what was told of trackers that failed. The run's status, as its run.json has it. */
export async function trainOnDisks(kernel: Kernel, run: ScriptedRun): Promise<string> {
  const { folder } = await kernel.train({
    observer: {
      partSkipped: ({ part, error }) => {
        const name = part.split(".")[1]!;
        run.failures.set(name, [...(run.failures.get(name) ?? []), error]);
      },
    },
  });
  return JSON.parse(readFileSync(join(folder, "run.json"), "utf8")).status;
}
