import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { appendFile, mkdir, open, readdir, readFile, rmdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { type Disposable, type Tracker, TrackerPoint, type TrackerRecord } from "codex-core";
import {
  createFromPlugin,
  createOddRecords,
  createRunDescription,
  createTemporaryFolder,
  describeTracker,
  type ReadMetric,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin from "codex-plugin-tracker-files";

const { signal } = new AbortController();

const create = (project: string, options: object = { formats: ["csv", "ndjson"] }) =>
  createFromPlugin(plugin, TrackerPoint, "files", {
    options,
    context: { name: "mine", folders: { project, cache: project, run: project } },
  }) as Promise<Tracker & Disposable>;

const metrics = (sequence: number, step: number, values: { [name: string]: number }): TrackerRecord => ({
  kind: "metrics",
  sequence,
  step,
  timeMs: 1000 + sequence,
  metrics: values,
});
const losses = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    metrics(from + index, from + index, { loss: 1 / (from + index) }),
  );

const outcome = { status: "finished", endedAtMs: 0 } as const;

describeTracker("files", (folder) => create(folder), {
  read: (run) => readMetrics(join(run.folder, run.segment === 1 ? "mine" : `mine-${run.segment}`, "metrics.ndjson")),
});
describeTracker(
  "files in a folder of one's own",
  (folder) => create(folder, { folder: "out", formats: ["ndjson"], samples: false }),
  { read: (run) => readMetrics(join(run.folder, "out", run.runId, "metrics.ndjson")) },
);

async function readMetrics(path: string): Promise<readonly ReadMetric[]> {
  const rows = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return rows.flatMap((line) => {
    const { seq: _, step, timeMs: __, ...values } = JSON.parse(line) as { [name: string]: number };
    return Object.entries(values).map(([key, value]) => ({ key, step: step!, value }));
  });
}

describe("FilesTracker", () => {
  let folder = "";
  const at = (name: string) => join(folder, "mine", name);
  const linesIn = async (name: string) => (await readFile(at(name), "utf8")).split("\n");
  const stepsIn = async (name: string) => {
    const lines = (await linesIn(name)).filter((line) => line !== "" && !line.startsWith("seq"));
    return lines.map((line) => (line.startsWith("{") ? JSON.parse(line).step : Number(line.split(",")[1])));
  };
  const session = async (records: readonly TrackerRecord[], saved?: null | object) => {
    const tracker = await create(folder);
    await tracker.open(createRunDescription(folder), saved as null | undefined);
    await tracker.write(records, signal);
    await tracker.close(outcome);
  };

  beforeEach(async () => {
    folder = await createTemporaryFolder();
  });
  afterEach(removeTemporaryFolders);

  it("writes a CSV row and an NDJSON object for each record", async () => {
    await session([metrics(1, 1, { "train/loss": 2.5, "train/stepMs": 3 }), metrics(2, 2, { "train/loss": -0.125 })]);
    expect(await linesIn("metrics.csv")).to.deep.equal([
      "seq,step,timeMs,train/loss,train/stepMs",
      "1,1,1001,2.5,3",
      "2,2,1002,-0.125,",
      "",
    ]);
    expect(await linesIn("metrics.ndjson")).to.deep.equal([
      '{"seq":1,"step":1,"timeMs":1001,"train/loss":2.5,"train/stepMs":3}',
      '{"seq":2,"step":2,"timeMs":1002,"train/loss":-0.125}',
      "",
    ]);
  });

  it("adds a column for a metric that appears later, to all rows", async () => {
    await session([metrics(1, 1, { a: 1 }), metrics(2, 2, { a: 2 }), metrics(3, 2, { b: 3 })]);
    const tracker = await create(folder);
    await tracker.open(createRunDescription(folder), {});
    await tracker.write([metrics(4, 3, { a: 4 })], signal);
    await tracker.write([metrics(5, 3, { c: 5, d: 6 })], signal);
    await tracker.close(outcome);
    expect(await linesIn("metrics.csv")).to.deep.equal([
      "seq,step,timeMs,a,b,c,d",
      "1,1,1001,1,,,",
      "2,2,1002,2,,,",
      "3,2,1003,,3,,",
      "4,3,1004,4,,,",
      "5,3,1005,,,5,6",
      "",
    ]);
  });

  it("writes numbers that are not finite so that JSON readers take the line", async () => {
    const values = { a: Number.NaN, b: Number.POSITIVE_INFINITY, c: Number.NEGATIVE_INFINITY };
    await session([metrics(1, 1, values)]);
    expect((await linesIn("metrics.csv"))[1]).to.equal("1,1,1001,NaN,Infinity,-Infinity");
    expect(JSON.parse((await linesIn("metrics.ndjson"))[0]!)).to.include({ a: "NaN", b: "Infinity", c: "-Infinity" });
  });

  it("keeps odd names apart from the fixed columns and on one line", async () => {
    const values = Object.fromEntries([
      ["step", 7],
      ['x,"y"', 8],
      ["two\nlines", 9],
      ["__proto__", 10],
    ]);
    await session([metrics(1, 1, values)]);
    await session([metrics(2, 2, values)], {});
    expect(await linesIn("metrics.csv")).to.deep.equal([
      'seq,step,timeMs,metric/step,"x,""y""",two lines,__proto__',
      "1,1,1001,7,8,9,10",
      "2,2,1002,7,8,9,10",
      "",
    ]);
    const parsed = JSON.parse((await linesIn("metrics.ndjson"))[0]!);
    expect(parsed).to.include({ step: 1, "metric/step": 7 });
    expect(Object.hasOwn(parsed, "__proto__")).to.equal(true);
  });

  it("begins anew when the run begins anew", async () => {
    await session(losses(1, 6));
    await session(losses(1, 2));
    for (const name of ["metrics.csv", "metrics.ndjson"]) expect(await stepsIn(name)).to.deep.equal([1, 2]);
  });

  it("keeps all rows when a run is opened again", async () => {
    await session(losses(1, 3));
    await session(losses(4, 4), {});
    expect(await stepsIn("metrics.csv")).to.deep.equal([1, 2, 3, 4]);
  });

  it("does not copy files that are whole when a run is opened again: the disk may have no space for two", async () => {
    await session(losses(1, 3));
    const before = await stat(at("metrics.csv"));
    await session(losses(4, 4), {});
    expect((await stat(at("metrics.csv"))).ino).to.equal(before.ino);
    await appendFile(at("metrics.csv"), "5,5,10");
    await session(losses(5, 5), {});
    expect((await stat(at("metrics.csv"))).ino).not.to.equal(before.ino);
    expect(await stepsIn("metrics.csv")).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("writes a record once however often it is delivered, also after opening again", async () => {
    await session([...losses(1, 3), ...losses(2, 4)]);
    await session(losses(3, 5), {});
    for (const name of ["metrics.csv", "metrics.ndjson"]) expect(await stepsIn(name)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  for (const [name, torn] of [
    ["metrics.csv", "4,4,10"],
    ["metrics.csv", "4,4,1004\n"],
    ["metrics.ndjson", '{"seq":4,"step":4,"timeMs"'],
    ["metrics.ndjson", "\0\0\0\0\n"],
    ["samples.ndjson", '{"seq":4,"ste'],
  ] as const) {
    it(`repairs ${name} after ${JSON.stringify(torn)}`, async () => {
      const sample: TrackerRecord = { kind: "sample", sequence: 9, step: 3, timeMs: 1, prompt: "p", text: "t" };
      await session([...losses(1, 3), sample]);
      await appendFile(at(name), torn);
      await session([...losses(4, 4), { ...sample, sequence: 10, step: 4 }], {});
      expect(await stepsIn(name)).to.deep.equal(name === "samples.ndjson" ? [3, 4] : [1, 2, 3, 4]);
    });
  }

  it("writes its header again when it was torn", async () => {
    await mkdir(join(folder, "mine"));
    await writeFile(at("metrics.csv"), "seq,st");
    await session(losses(1, 1), {});
    expect((await linesIn("metrics.csv"))[0]).to.equal("seq,step,timeMs,loss");
  });

  it("cuts off what a failed write left behind before it writes again", async () => {
    const tracker = await create(folder);
    await tracker.open(createRunDescription(folder));
    await tracker.write(losses(1, 1), signal);
    await appendFile(at("metrics.ndjson"), '{"seq":2,"step":2,"ti');
    await tracker.write(losses(2, 2), signal);
    await tracker.close(outcome);
    expect(await stepsIn("metrics.ndjson")).to.deep.equal([1, 2]);
  });

  /** Lets each write that begins so fail in its middle, as a full disk does. */
  async function whileFull(work: () => Promise<unknown>, start = "{"): Promise<void> {
    const probe = await open(at("metrics.csv"), "r");
    const prototype = Object.getPrototypeOf(probe);
    await probe.close();
    const { appendFile: original } = prototype;
    prototype.appendFile = async function (bytes: Buffer) {
      if (!bytes.toString().startsWith(start)) return original.call(this, bytes);
      await original.call(this, bytes.subarray(0, bytes.length / 2));
      throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    };
    try {
      await work();
    } finally {
      prototype.appendFile = original;
    }
  }

  it("has each record once in each file when the disk became full between them, and no half line meanwhile", async () => {
    const tracker = await create(folder);
    await tracker.open(createRunDescription(folder));
    await tracker.write(losses(1, 1), signal);
    await whileFull(() => rejection(() => tracker.write(losses(2, 3), signal), "CODEX_TRACKER_FILES_WRITE"));
    expect(await stepsIn("metrics.csv")).to.deep.equal([1, 2, 3]);
    expect(await stepsIn("metrics.ndjson")).to.deep.equal([1]);
    await whileFull(() => rejection(() => tracker.missing!(losses(2, 4), signal), "CODEX_TRACKER_FILES_WRITE"));
    expect(await tracker.missing!(losses(2, 4), signal)).to.deep.equal(losses(4, 4));
    await tracker.write(losses(4, 4), signal);
    await tracker.close(outcome);
    for (const name of ["metrics.csv", "metrics.ndjson"]) expect(await stepsIn(name)).to.deep.equal([1, 2, 3, 4]);
  });

  it("has a table with its header, and all columns, when the disk was full for them", async () => {
    const tracker = await create(folder, { formats: ["csv"] });
    await tracker.open(createRunDescription(folder));
    const write = () => tracker.write(losses(1, 1), signal);
    await whileFull(() => rejection(write, "CODEX_TRACKER_FILES_WRITE"), "seq");
    await write();
    expect(await linesIn("metrics.csv")).to.deep.equal(["seq,step,timeMs,loss", "1,1,1001,1", ""]);
    const accuracy = () => tracker.write([metrics(2, 2, { accuracy: 0.5 })], signal);
    await mkdir(at(`metrics.csv.${process.pid}.tmp`));
    await rejection(accuracy, "CODEX_TRACKER_FILES_WRITE");
    await rmdir(at(`metrics.csv.${process.pid}.tmp`));
    await accuracy();
    await tracker.close(outcome);
    expect(await linesIn("metrics.csv")).to.deep.equal([
      "seq,step,timeMs,loss,accuracy",
      "1,1,1001,1,",
      "2,2,1002,,0.5",
      "",
    ]);
  });

  it("lets its files go where the run could not be opened", async () => {
    await mkdir(at("metrics.ndjson"), { recursive: true });
    const tracker = await create(folder);
    await rejection(() => tracker.open(createRunDescription(folder)), "CODEX_TRACKER_FILES_WRITE");
    await tracker.dispose();
    expect(openFiles().filter((path) => path.startsWith(folder))).to.deep.equal([]);
  });

  it("keeps samples with any text on a line each", async () => {
    const text = 'a\nb\r\n"c"\u2028\0\ud800🐋';
    await session([{ kind: "sample", sequence: 1, step: 5, timeMs: 1, prompt: "once", text }]);
    const lines = await linesIn("samples.ndjson");
    expect(lines).to.have.length(2);
    expect(JSON.parse(lines[0]!)).to.deep.equal({ seq: 1, step: 5, timeMs: 1, prompt: "once", text });
  });

  it("leaves files of others alone", async () => {
    await mkdir(join(folder, "mine"));
    await writeFile(at("metrics.csv"), "date,weight\n1,2\n");
    const tracker = await create(folder);
    const error = await rejection(() => tracker.open(createRunDescription(folder)), "CODEX_TRACKER_FILES_WRITE");
    expect(error.what).to.contain("not written by this tracker");
    expect(await linesIn("metrics.csv")).to.deep.equal(["date,weight", "1,2", ""]);
    await tracker.dispose();
  });

  it("does not wait for ever where the system makes no folders", async () => {
    await writeFile(join(folder, "file"), "");
    const nowhere = existsSync("/proc/self") ? "/proc/nowhere/here" : join(folder, "file", "here");
    const tracker = await create(folder, { folder: nowhere });
    const error = await rejection(() => tracker.open(createRunDescription(folder)), "CODEX_TRACKER_FILES_WRITE");
    expect(error.where).to.contain(nowhere);
  });

  it("names the folder when it cannot be made", async () => {
    await writeFile(join(folder, "mine"), "a file in the way");
    const tracker = await create(folder);
    const error = await rejection(() => tracker.open(createRunDescription(folder)), "CODEX_TRACKER_FILES_WRITE");
    expect(error.where).to.equal(join(folder, "mine"));
  });

  it("writes what the options ask for, where they ask for it", async () => {
    const tracker = await create(folder, { folder: "out", formats: [], samples: true });
    await tracker.open(createRunDescription(folder));
    await tracker.write(losses(1, 1), signal);
    await tracker.close(outcome);
    expect(await readdir(join(folder, "out", createRunDescription(folder).runId))).to.deep.equal([
      "events.ndjson",
      "run.json",
      "samples.ndjson",
    ]);
  });

  it("writes neither run.json nor events.ndjson into the run's own folder, which has its own", async () => {
    const { runId } = createRunDescription(folder);
    const runFolder = join(folder, "runs", runId);
    await mkdir(runFolder, { recursive: true });
    for (const name of ["run.json", "events.ndjson"]) await writeFile(join(runFolder, name), "the run's own");
    const tracker = await create(folder, { folder: "runs" });
    await tracker.open(createRunDescription(runFolder));
    await tracker.write([...losses(1, 2), ...createOddRecords()], signal);
    await tracker.close(outcome);
    for (const name of ["run.json", "events.ndjson"]) {
      expect(await readFile(join(runFolder, name), "utf8")).to.equal("the run's own");
    }
    expect((await readdir(runFolder)).sort()).to.deep.equal([
      "events.ndjson",
      "metrics.csv",
      "run.json",
      "samples.ndjson",
    ]);
  });

  it("says in run.json what run it is, and how and when it ended", async () => {
    const { folder: _, environment: __, startedAtMs: ___, isOver: ____, ...run } = createRunDescription(folder);
    const tracker = await create(folder);
    const saved = await tracker.open({ ...createRunDescription(folder), parent: "sweep-1" });
    const readRun = async () => JSON.parse(await readFile(at("run.json"), "utf8"));
    const begun = { tracker: "files", ...run, parent: "sweep-1", startedAt: "2026-01-01T12:00:00.000Z" };
    expect(await readRun()).to.deep.equal({ ...begun, status: "running" });
    const endedAtMs = Date.UTC(2026, 0, 1, 13);
    await tracker.close({ status: "failed", endedAtMs, error: "CODEX_X: boom" });
    const ended = { status: "failed", endedAt: "2026-01-01T13:00:00.000Z", error: "CODEX_X: boom" };
    expect(await readRun()).to.deep.equal({ ...begun, ...ended });
    await tracker.open({ ...createRunDescription(folder), parent: "sweep-1" }, saved);
    expect(await readRun()).to.deep.equal({ ...begun, status: "running" });
    await tracker.close(outcome);
    expect(await readRun()).to.include({ status: "finished" });
    expect((await readdir(join(folder, "mine"))).filter((name) => name.includes("tmp"))).to.deep.equal([]);
  });

  it("leaves a run.json of another program alone", async () => {
    await mkdir(join(folder, "mine"));
    await writeFile(at("run.json"), '{"runId":"other"}');
    const tracker = await create(folder);
    const error = await rejection(() => tracker.open(createRunDescription(folder)), "CODEX_TRACKER_FILES_WRITE");
    expect(error.what).to.contain("run.json is there already");
    expect(await readFile(at("run.json"), "utf8")).to.equal('{"runId":"other"}');
    await tracker.dispose();
  });

  it("keeps records of every other kind in events.ndjson, each once, numbers that are not finite as words", async () => {
    const edges = [Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY];
    const open: TrackerRecord = {
      kind: "histogram",
      sequence: 2000,
      step: 2,
      timeMs: 5,
      key: "h",
      edges,
      counts: [1, 2],
    };
    const params: TrackerRecord = { kind: "params", sequence: 2001, step: 2, timeMs: 5, params: { x: Number.NaN } };
    const records = [...createOddRecords(), open, params];
    await session(records);
    await appendFile(at("events.ndjson"), '{"seq":3,"st');
    await session(records, {});
    const expected = records
      .filter(({ kind }) => kind !== "sample")
      .map(({ sequence, ...record }) => ({ seq: sequence, ...record }));
    const words = [
      {
        seq: 2000,
        kind: "histogram",
        step: 2,
        timeMs: 5,
        key: "h",
        edges: ["-Infinity", 0, "Infinity"],
        counts: [1, 2],
      },
      { seq: 2001, kind: "params", step: 2, timeMs: 5, params: { x: "NaN" } },
    ];
    const lines = (await linesIn("events.ndjson")).slice(0, -1).map((line) => JSON.parse(line));
    expect(lines).to.deep.equal([...expected.slice(0, -2), ...words]);
  });
});

/** Files that this process has open, where the system tells. */
function openFiles(): readonly string[] {
  if (!existsSync("/proc/self/fd")) return [];
  return readdirSync("/proc/self/fd").flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return [];
    }
  });
}
