import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { type CodexError, type NewRecord, type PluginDefinition, TrackerPoint, type TrackerRecord } from "codex-core";
import { createFromPlugin, createRunDescription, createTemporaryFolder } from "codex-core/testing";
import files from "codex-plugin-tracker-files";
import mlflow from "codex-plugin-tracker-mlflow";
import prometheus from "codex-plugin-tracker-prometheus";
import tensorboard from "codex-plugin-tracker-tensorboard";
import wandb from "codex-plugin-tracker-wandb";
import { RecordCache } from "../../core/kernel/dist/run/record-cache.js";
import { toRow } from "../../core/kernel/dist/run/record-row.js";
import { SupersededRecords } from "../../core/kernel/dist/run/superseded-records.js";
import { TrackerDelivery } from "../../core/kernel/dist/run/tracker-delivery.js";
import { expectTrackerFiles, readTold } from "./expect-tracker-files.js";
import { metricsOf, otherRecords } from "./run-on-disks.js";
import type { TrackerDisks, TrackerType } from "./tracker-disks.js";

const plugins: { readonly [T in TrackerType]: PluginDefinition } = { files, mlflow, prometheus, tensorboard, wandb };
const finished = { status: "finished", endedAtMs: Date.now() } as const;

export interface FullDiskSettings {
  /** Whether the disk is full when the run begins, or becomes so in its midst. */
  readonly beginsFull: boolean;
  /** Pages of the disk that are left at first, so that it becomes full in another write. */
  readonly pages: number;
}

/**
 * Delivers records to a tracker whose disk is full from some record to another one, of a run that goes on meanwhile;
 * fails unless one outage is told of and the tracker's files hold each record once at the end.
 */
export async function deliverOnDisk(
  type: TrackerType,
  disks: TrackerDisks,
  { beginsFull, pages }: FullDiskSettings,
): Promise<void> {
  const folder = await createTemporaryFolder();
  const run = createRunDescription(folder);
  const tracker = await createFromPlugin(plugins[type], TrackerPoint, type, {
    options: disks.optionsOf(type),
    context: { name: type, folders: { project: folder, cache: folder, run: folder } },
  });
  let delivered = 0;
  const write = tracker.write.bind(tracker);
  tracker.write = async (records, signal) => {
    await write(records, signal);
    delivered = records.at(-1)!.sequence;
  };
  let last = 0;
  let step = 0;
  const tell = (record: NewRecord) => {
    const numbered = { ...record, sequence: ++last, timeMs: run.startedAtMs + last } as TrackerRecord;
    const name = record.kind === "metrics" ? "metrics.ndjson" : "events.ndjson";
    appendFileSync(join(folder, name), `${JSON.stringify(toRow(numbered))}\n`);
  };
  const makeSteps = (count: number) => {
    for (let made = 0; made < count; made++) tell({ kind: "metrics", step: ++step, metrics: metricsOf(step) });
  };
  const tellOthers = (label: string) => {
    for (const record of otherRecords(folder, label, step)) tell(record);
  };

  const failures: CodexError[] = [];
  let recovered = 0;
  const delivery = new TrackerDelivery({
    name: type,
    tracker,
    folder,
    segments: [{ fromSequence: 1, fromStep: 0 }],
    superseded: new SupersededRecords(folder),
    cache: new RecordCache(),
    describe: () => run,
    lastSequence: () => last,
    limitMs: 10_000,
    retryMs: [10],
    gatherMs: 10,
    onFailed: (error) => failures.push(error),
    onRecovered: () => recovered++,
  });
  if (beginsFull) disks.fill(pages);
  makeSteps(20);
  tellOthers("before");
  delivery.start();
  if (!beginsFull) await until("it is delivered", () => delivered === last);
  disks.fill(pages);
  makeSteps(200);
  tellOthers("during");
  if (pages > 0) {
    await sleep(50);
    makeSteps(200);
  }
  disks.fill();
  await until("the failure is told of", () => failures.length > 0);
  const before = delivered;
  makeSteps(10);
  await sleep(50);
  expect(delivered, "what a full disk took").to.equal(before);
  disks.enlarge();
  await until("it works again", () => recovered > 0);
  makeSteps(10);
  tellOthers("after");
  expect(await delivery.close(finished)).to.equal(true);
  expect(failures.map(({ code }) => code)).to.deep.equal(["CODEX_TRACKER_FAILED"]);
  expect(failures[0]!.message).to.include(`Tracker ${type}`).and.to.include("ENOSPC");
  await expectTrackerFiles(type, disks.folderOf(type), readTold(folder, run.runId));
}

/** Waits. @throws Error after 10 s */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > endMs) throw new Error(`it took too long until ${what}`);
    await sleep(5);
  }
}
