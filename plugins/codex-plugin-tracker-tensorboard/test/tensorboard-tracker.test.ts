import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  type Disposable,
  ProtobufMessage,
  type RunDescription,
  type Tracker,
  TrackerPoint,
  type TrackerRecord,
} from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createOddRecords,
  createRunDescription,
  createTemporaryFolder,
  describeTracker,
  type ReadMetric,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin from "codex-plugin-tracker-tensorboard";
import { readEvent } from "#src/event.js";
import { EventFile } from "#src/event-file.js";

const { signal } = new AbortController();
const outcome = { status: "finished", endedAtMs: 5000 } as const;

const create = (project: string, options: object = {}) =>
  createFromPlugin(plugin, TrackerPoint, "tensorboard", {
    options,
    context: { name: "mine", folders: { project, cache: project, run: project } },
  }) as Promise<Tracker & Disposable>;

async function eventsIn(folder: string): Promise<readonly Buffer[]> {
  const [name] = (await readdir(folder)).filter((file) => file.includes("tfevents"));
  const events: Buffer[] = [];
  await (await EventFile.open(join(folder, name!), (event) => events.push(Buffer.from(event)))).close();
  return events;
}

const folderOf = (run: RunDescription) => join(run.folder, run.segment === 1 ? "mine" : `mine-${run.segment}`);

/** The scalars of an event file; float32, as numbers of the suite's metrics are not. */
async function scalarsOf(run: RunDescription): Promise<readonly ReadMetric[]> {
  const exact = new Map([4, 2, 4 / 3, 1, 0.8, 0.4, 1e-3, 1234.5].map((value) => [Math.fround(value), value]));
  const metrics: ReadMetric[] = [];
  for (const event of await eventsIn(folderOf(run))) {
    const { step } = readEvent(event);
    const entries = new ProtobufMessage(event).messages(5).flatMap((summary) => summary.messages(1));
    for (const entry of entries.filter((read) => read.has(2))) {
      metrics.push({ key: entry.text(1), step, value: exact.get(entry.float(2))! });
    }
  }
  return metrics;
}

describeTracker("tensorboard", (folder) => create(folder), { read: scalarsOf });

describe("TensorboardTracker", () => {
  let folder = "";
  const at = (name: string) => join(folder, "mine", name);

  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  it("begins its file with the version, the settings and the tags, and ends it with how the run ended", async () => {
    const tracker = await create(folder);
    await tracker.open(createRunDescription(folder));
    await tracker.write(createMetricsRecords(1, 2), signal);
    await tracker.close(outcome);
    const events = await eventsIn(join(folder, "mine"));
    expect(events[0]!.includes("brain.Event:2")).to.equal(true);
    const tags = events.map((event) => readEvent(event).tags.join());
    expect(tags[1]).to.equal("_hparams_/experiment,_hparams_/session_start_info,tags");
    expect(events[1]!.includes("trainer.maxSteps")).to.equal(true);
    expect(tags.at(-1)).to.equal("_hparams_/session_end_info");
    expect(readEvent(events.at(-1)!).step).to.equal(2);
  });

  it("names its file so that TensorBoard takes it, and begins anew when the run begins anew", async () => {
    for (const to of [3, 2]) {
      const tracker = await create(folder);
      await tracker.open(createRunDescription(folder));
      await tracker.write(createMetricsRecords(1, to), signal);
      await tracker.close(outcome);
    }
    const names = await readdir(join(folder, "mine"));
    expect(names).to.have.length(1);
    expect(names[0]).to.match(/^events\.out\.tfevents\.1767268800\.suite-host\./);
    expect(await scalarsOf(createRunDescription(folder))).to.have.length(6);
  });

  it("goes on after a torn event, and knows what is missing", async () => {
    const tracker = await create(folder);
    const saved = await tracker.open(createRunDescription(folder));
    await tracker.write(createMetricsRecords(1, 2), signal);
    const [name] = await readdir(join(folder, "mine"));
    await appendFile(at(name!), (await readFile(at(name!))).subarray(0, 30));
    const again = await create(folder);
    await again.open(createRunDescription(folder), saved);
    const missing = await again.missing!(createMetricsRecords(1, 4), signal);
    expect(missing.map(({ step }) => step)).to.deep.equal([3, 4]);
    await again.write(missing, signal);
    await again.close(outcome);
    await tracker.dispose();
    expect(await scalarsOf(createRunDescription(folder))).to.have.length(12);
  });

  it("knows samples of one step apart, and tags from those that the file begins with", async () => {
    const run = createRunDescription(folder);
    const sample = (sequence: number, text: string): TrackerRecord => ({
      kind: "sample",
      sequence,
      step: 1,
      timeMs: run.startedAtMs + sequence,
      prompt: "p",
      text,
    });
    const tags: TrackerRecord = { kind: "tags", sequence: 9, step: 0, timeMs: run.startedAtMs + 9, tags: { a: "b" } };
    const batch = [sample(1, "one"), sample(2, "two"), tags];
    const tracker = await create(folder);
    const saved = await tracker.open(run);
    await tracker.write(batch.slice(0, 1), signal);
    expect(await tracker.missing!(batch, signal)).to.deep.equal(batch.slice(1));
    await tracker.close(outcome);
    const again = await create(folder);
    await again.open(run, saved);
    expect(await again.missing!(batch, signal)).to.deep.equal(batch.slice(1));
    await again.write(batch.slice(1), signal);
    expect(await again.missing!(batch, signal)).to.deep.equal([]);
    await again.close(outcome);
  });

  it("lets its file go when the run could not be closed", async () => {
    const tracker = (await create(folder)) as Tracker & Disposable;
    await tracker.open(createRunDescription(folder));
    await tracker.dispose();
    const isOpen = () => {
      const names = existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd") : [];
      return names.some(
        (name) => existsSync(`/proc/self/fd/${name}`) && readlinkSync(`/proc/self/fd/${name}`).startsWith(folder),
      );
    };
    expect(isOpen()).to.equal(false);
  });

  it("shows pictures that are there, and leaves out what is none", async () => {
    const png = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAEUlEQVR42mNk+M9QzwAEjDAGAD4wA/0LZ0cFAAAAAElFTkSuQmCC",
      "base64",
    );
    await writeFile(join(folder, "a.png"), png);
    await writeFile(join(folder, "b.png"), "no picture");
    const image = (path: string): TrackerRecord => ({
      kind: "image",
      sequence: 1,
      step: 1,
      timeMs: 1,
      key: path,
      path,
    });
    const tracker = await create(folder);
    await tracker.open(createRunDescription(folder));
    await tracker.write([image("a.png"), image("b.png"), ...createOddRecords()], signal);
    await tracker.close(outcome);
    const tags = (await eventsIn(join(folder, "mine"))).flatMap((event) => readEvent(event).tags);
    expect(tags).to.include.members(["a.png", "samples", "notes/a b", "weights/wte", "eval/cases", "params", "tags"]);
    expect(tags).not.to.include.members(["b.png"]);
  });

  it("writes where the option says, a folder for each run", async () => {
    const tracker = await create(folder, { folder: "boards" });
    const run = createRunDescription(folder);
    await tracker.open(run);
    await tracker.close(outcome);
    expect(await readdir(join(folder, "boards", run.runId))).to.have.length(1);
  });

  it("names the folder when it cannot be made", async () => {
    await writeFile(join(folder, "mine"), "a file in the way");
    const tracker = await create(folder);
    const error = await rejection(() => tracker.open(createRunDescription(folder)), "CODEX_TRACKER_TENSORBOARD_WRITE");
    expect(error.where).to.equal(join(folder, "mine"));
  });
});
