import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { MetricsRecord, Named, SampleRecord, TrackerRecord } from "codex-core";
import { localRunId } from "codex-plugin-tracker-mlflow";
import { toRecord } from "../../core/kernel/dist/run/record-row.js";
import { readLocal } from "../../plugins/codex-plugin-tracker-mlflow/test/read-local.js";
import { readEvent } from "../../plugins/codex-plugin-tracker-tensorboard/src/event.js";
import { EventFile } from "../../plugins/codex-plugin-tracker-tensorboard/src/event-file.js";
import { eventOf } from "../../plugins/codex-plugin-tracker-tensorboard/src/record-event.js";
import { wandbId } from "../../plugins/codex-plugin-tracker-wandb/src/run-place.js";
import { readRun, runFile } from "../../plugins/codex-plugin-tracker-wandb/test/support/read-run.js";
import { readRows } from "./tiny-run.js";
import type { TrackerType } from "./tracker-disks.js";

/** What a run's own files tell. */
export interface ToldRun {
  readonly runId: string;
  readonly folder: string;
  /** In order. */
  readonly records: readonly TrackerRecord[];
}

export function readTold(folder: string, runId: string): ToldRun {
  const rows = ["metrics.ndjson", "events.ndjson"].flatMap((name) => readRows(join(folder, name)));
  const records = rows.map((row) => toRecord(row as never)).filter((record) => record !== undefined);
  return { runId, folder, records: records.sort((left, right) => left.sequence - right.sequence) };
}

/** Fails unless the files of a tracker, all of them below a folder, hold each record of a finished run once, whole. */
export async function expectTrackerFiles(type: TrackerType, folder: string, told: ToldRun): Promise<void> {
  expect(metricsIn(told).length).to.be.greaterThan(200);
  await checks[type](folder, told);
  expect(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".tmp")),
  ).to.deep.equal([]);
}

const checks: { readonly [T in TrackerType]: (folder: string, told: ToldRun) => Promise<void> } = {
  async files(disk, told) {
    const folder = join(disk, told.runId);
    expect(readdirSync(folder).sort()).to.deep.equal([
      "events.ndjson",
      "metrics.csv",
      "metrics.ndjson",
      "run.json",
      "samples.ndjson",
    ]);
    expect(JSON.parse(readFileSync(join(folder, "run.json"), "utf8"))).to.include({
      runId: told.runId,
      status: "finished",
    });
    const events = told.records.filter(({ kind }) => kind !== "metrics" && kind !== "sample");
    expect(wholeLines(join(folder, "events.ndjson")).map((line) => JSON.parse(line))).to.deep.equal(
      events.map(({ sequence, ...record }) => ({ seq: sequence, ...record })),
    );
    const rows = metricsIn(told).map(({ sequence, step, timeMs, metrics }) => ({
      seq: sequence,
      step,
      timeMs,
      ...metrics,
    }));
    expect(wholeLines(join(folder, "metrics.ndjson")).map((line) => JSON.parse(line))).to.deep.equal(rows);
    const [header, ...lines] = wholeLines(join(folder, "metrics.csv")).map((line) => line.split(","));
    const fields = lines.map((cells) =>
      Object.fromEntries(header!.map((name, index) => [name, cells[index]!]).filter(([, cell]) => cell !== "")),
    );
    expect(fields.map((row) => numbersOf(row))).to.deep.equal(rows);
    const samples = samplesIn(told).map(({ sequence, step, timeMs, prompt, text }) => ({
      seq: sequence,
      step,
      timeMs,
      prompt,
      text,
    }));
    expect(wholeLines(join(folder, "samples.ndjson")).map((line) => JSON.parse(line))).to.deep.equal(samples);
  },

  async mlflow(disk, told) {
    const shown = await readLocal(join(disk, "mlruns"), localRunId(told.runId));
    expect(shown.status).to.equal("FINISHED");
    const points = metricsIn(told).flatMap(({ step, timeMs, metrics }) =>
      Object.entries(metrics).map(([key, value]) => ({ key, timestamp: timeMs, value, step })),
    );
    expect(byKey(shown.metrics)).to.deep.equal(byKey(points));
    for (const record of told.records) {
      if (record.kind === "params") expect(Object.fromEntries(shown.params)).to.include(textsOf(record.params));
      if (record.kind === "tags") expect(Object.fromEntries(shown.tags)).to.include(record.tags);
    }
    for (const [name, value] of [...shown.params, ...shown.tags]) expect(value, name).not.to.equal("");
    const files = told.records.flatMap((record): readonly [string, string][] => {
      const name = `step-${String(record.step).padStart(8, "0")}-${record.sequence}.txt`;
      if (record.kind === "sample") return [[`samples/${name}`, `${record.prompt}${record.text}\n`]];
      if (record.kind === "text") return [[`texts/${record.key}/${name}`, record.text]];
      return record.kind === "artifact" ? [[record.name, readFileSync(join(told.folder, record.path), "utf8")]] : [];
    });
    expect(Object.fromEntries(shown.files)).to.deep.equal(Object.fromEntries(files));
  },

  async wandb(disk, told) {
    const folder = join(disk, "wandb");
    expect(readFileSync(join(folder, ".gitignore"), "utf8")).to.equal("*\n!settings\n");
    const path = runFile(folder, wandbId(told.runId));
    const run = await readRun(path);
    expect(run.numbers).to.deep.equal(run.numbers.map((_, index) => index + 1));
    expect(run.exit!.integer(1)).to.equal(0);
    const isNumber = ([key, json]: readonly [string, string]) => !key.startsWith("_") && !json.startsWith("{");
    const history = run.history.map(({ step, values }) => ({
      step,
      metrics: numbersOf(Object.fromEntries(Object.entries(values).filter(isNumber))),
    }));
    const withMetrics = history.filter(({ metrics }) => Object.keys(metrics).length > 0);
    expect(withMetrics).to.deep.equal(metricsIn(told).map(({ step, metrics }) => ({ step, metrics })));
    const fileOf = (name: string) => readFileSync(join(path, "..", "files", name), "utf8");
    const tableOf = (step: number, key: string) =>
      JSON.parse(fileOf(JSON.parse(run.history.find((line) => line.step === step)!.values[key]!).path)).data;
    for (const record of told.records) {
      if (record.kind === "params") expect(run.config).to.include(textsOf(record.params));
      if (record.kind === "tags")
        for (const name in record.tags) expect(run.config[`tags.${name}`]).to.equal(JSON.stringify(record.tags[name]));
      if (record.kind === "text") expect(tableOf(record.step, record.key)).to.deep.equal([[record.text]]);
      if (record.kind === "sample") {
        const ofStep = samplesIn(told).filter(({ step }) => step === record.step);
        expect(tableOf(record.step, "samples")).to.deep.equal(ofStep.map(({ prompt, text }) => [prompt, text]));
      }
      if (
        record.kind === "artifact" &&
        existsSync(join(told.folder, record.path)) &&
        run.files.includes(`artifacts/${record.name}`)
      ) {
        expect(fileOf(`artifacts/${record.name}`)).to.equal(readFileSync(join(told.folder, record.path), "utf8"));
      }
    }
    expect(run.files).to.include.members(["artifacts/before.txt", "artifacts/during.txt"]);
    expect(new Set(run.files).size).to.equal(run.files.length);
  },

  async tensorboard(disk, told) {
    const folder = join(disk, told.runId);
    const [name, ...others] = readdirSync(folder);
    expect(others).to.deep.equal([]);
    const bytes = readFileSync(join(folder, name!));
    const events: Buffer[] = [];
    await (await EventFile.open(join(folder, name!), (event) => events.push(Buffer.from(event)))).close();
    expect(readFileSync(join(folder, name!)).length, "whole events").to.equal(bytes.length);
    const isOfHparams = (event: Buffer) => readEvent(event).tags.some((tag) => tag.startsWith("_hparams_/"));
    expect(isOfHparams(events.at(-1)!), "the end is told").to.equal(true);
    const expected = await Promise.all(told.records.map((record) => eventOf(record, told.folder)));
    // The first is the file's version.
    expect(events.slice(1).filter((event) => !isOfHparams(event))).to.deep.equal(expected.filter((event) => event));
  },

  async prometheus(disk, told) {
    const newest = Object.assign({}, ...metricsIn(told).map(({ metrics }) => metrics)) as Named<number>;
    const text = readFileSync(join(disk, "run.prom"), "utf8");
    const values = new Map(
      [...text.matchAll(/^codex_(\w+)\{run_id="[^"]*"\} (\S+)$/gm)].map((match) => [match[1], Number(match[2])]),
    );
    for (const [key, value] of Object.entries(newest)) {
      const [name, scale] = key === "train/stepMs" ? ["train/stepSeconds", 1e-3] : [key, 1];
      const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace("/", "_");
      expect(values.get(words), key).to.equal(value * scale);
    }
    expect(values.get("step")).to.equal(metricsIn(told).at(-1)!.step);
    expect(text).to.match(/^codex_run_status\{status="finished",[^}]*\} 1$/m);
  },
};

/** What a tracker's files show while its disk is full: never half a line, which their readers might not take. */
export async function expectNoHalfLines(type: TrackerType, disk: string, { runId }: ToldRun): Promise<void> {
  if (type === "mlflow") await readLocal(join(disk, "mlruns"), localRunId(runId));
  if (type === "files")
    for (const name of ["metrics.csv", "metrics.ndjson", "events.ndjson"]) wholeLines(join(disk, runId, name));
}

function metricsIn({ records }: ToldRun): readonly MetricsRecord[] {
  return records.filter((record) => record.kind === "metrics");
}

function samplesIn({ records }: ToldRun): readonly SampleRecord[] {
  return records.filter((record) => record.kind === "sample");
}

function wholeLines(path: string): readonly string[] {
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop(), `what follows the last line of ${path}`).to.equal("");
  return lines;
}

function numbersOf(texts: Named<string>): Named<number> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)]));
}

function textsOf(values: Named<string | number | boolean>): Named<string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** Each metric by itself, in its order. */
function byKey<Point extends { readonly key: string }>(points: readonly Point[]): readonly Point[] {
  return points.toSorted((left, right) => left.key.localeCompare(right.key));
}
