import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { type Disposable, type Json, type Named, type Tracker, TrackerPoint, type TrackerRecord } from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createRunDescription,
  createTemporaryFolder,
  describeTracker,
  rejection,
  removeTemporaryFolders,
} from "codex-core/testing";
import plugin from "codex-plugin-tracker-prometheus";

const { signal } = new AbortController();
const outcome = { status: "finished", endedAtMs: 0 } as const;

interface LogLine {
  readonly message: string;
  readonly fields?: Named<Json>;
}

function create(project: string, options: object = {}, lines: LogLine[] = []): Promise<Tracker & Disposable> {
  const keep = (message: string, fields?: Named<Json>) => void lines.push({ message, ...(fields ? { fields } : {}) });
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  return createFromPlugin(plugin, TrackerPoint, "prometheus", {
    options: { port: 0, ...options },
    context: { name: "mine", logger, folders: { project, cache: project, run: project } },
  }) as Promise<Tracker & Disposable>;
}

const metrics = (values: Named<number>, step = 1): TrackerRecord => ({
  kind: "metrics",
  sequence: step,
  step,
  timeMs: 1500,
  metrics: values,
});

describeTracker("prometheus", (folder) => create(folder, { textfile: "run.prom" }));

describe("PrometheusTracker", () => {
  let folder = "";
  let lines: LogLine[];
  let tracker: Tracker & Disposable;

  async function open(options: object = {}): Promise<string> {
    tracker = await create(folder, options, lines);
    await tracker.open(createRunDescription(folder));
    return String(lines.find(({ message }) => message === "metrics are served")?.fields?.url);
  }

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    lines = [];
  });
  afterEach(async () => {
    await tracker.dispose();
    await removeTemporaryFolders();
  });

  it("serves the newest value of each metric, with the run's id", async () => {
    const url = await open();
    await tracker.write(createMetricsRecords(1, 4), signal);
    const response = await fetch(url);
    expect(response.headers.get("content-type")).to.match(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    const { runId } = createRunDescription(folder);
    expect(text).to.include(`codex_train_loss{run_id="${runId}"} 1\n`);
    expect(text).to.include(`codex_train_tokens_per_second{run_id="${runId}"} 1234.5\n`);
    expect(text).to.include(`codex_step{run_id="${runId}"} 4\n`);
    expect(text).to.match(/codex_run_info\{name="suite",project="suite-project",host="suite-host",.*\} 1\n/);
    expect(text).to.match(/codex_run_status\{status="running",.*\} 1\n/);
  });

  it("is not held up by a metric that has no name", async () => {
    const url = await open();
    await tracker.write([metrics({ "": 1, "train/loss": 2 })], signal);
    expect(await (await fetch(url)).text()).to.include("codex_train_loss{");
  });

  it("listens on the loopback, and answers nothing else", async () => {
    const url = await open();
    expect(new URL(url).hostname).to.equal("127.0.0.1");
    expect((await fetch(new URL("/", url))).status).to.equal(404);
    expect((await fetch(url, { method: "POST" })).status).to.equal(405);
    expect(await (await fetch(url, { method: "HEAD" })).text()).to.equal("");
  });

  it("closes its port when the run ends, also with a client that holds on", async () => {
    const url = await open();
    await (await fetch(url)).text();
    await tracker.close(outcome);
    let failure: unknown;
    await fetch(url).catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(Error);
  });

  it("says which port is taken, and opens when it is free again", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    tracker = await create(folder, { port }, lines);
    const run = createRunDescription(folder);
    const error = await rejection(() => tracker.open(run), "CODEX_TRACKER_PROMETHEUS_LISTEN");
    expect(error.what).to.include(`port ${port}`);
    await new Promise((resolve) => other.close(resolve));
    await tracker.open(run);
  });

  it("opens no port for a run that is over, and writes its textfile", async () => {
    tracker = await create(folder, { textfile: "run.prom" }, lines);
    await tracker.open({ ...createRunDescription(folder), isOver: true });
    await tracker.write(createMetricsRecords(1, 2), signal);
    await tracker.close(outcome);
    expect(lines).to.deep.equal([]);
    expect(await readFile(join(folder, "run.prom"), "utf8")).to.match(/^codex_train_loss\{[^}]*\} 2$/m);
    await tracker.open(createRunDescription(folder, 2));
    expect(lines.map(({ message }) => message)).to.deep.equal(["metrics are served"]);
  });

  it("writes numbers that are not finite, and names without what Prometheus does not take", async () => {
    const url = await open();
    const values = {
      "train/stepMs": 250,
      "eval/loss": Number.NaN,
      "a-b c/ü": Number.POSITIVE_INFINITY,
      "9lives": -1e-300,
    };
    await tracker.write([metrics(values)], signal);
    const text = await (await fetch(url)).text();
    expect(text).to.match(/^codex_train_step_seconds\{[^}]*\} 0.25$/m);
    expect(text).to.match(/^codex_eval_loss\{[^}]*\} Nan$/m);
    expect(text).to.match(/^codex_a_b_c_\{[^}]*\} \+Inf$/m);
    expect(text).to.match(/^codex_9lives\{[^}]*\} -1e-300$/m);
  });

  it("leaves out a metric whose name another has, and says so once", async () => {
    const url = await open({ prefix: "my_" });
    for (let step = 1; step <= 2; step++) {
      await tracker.write([metrics({ "train/loss": 1, "train-loss": 2, step: 3 }, step)], signal);
    }
    expect(await (await fetch(url)).text()).to.match(/^my_train_loss\{[^}]*\} 1$/m);
    const leftOut = lines.filter(({ message }) => message.startsWith("a metric is left out"));
    expect(leftOut.map(({ fields }) => fields?.metric)).to.deep.equal(["train-loss", "step"]);
  });

  it("writes a textfile whole each time, which tells how the run ended", async () => {
    await open({ port: false, textfile: "run.prom" });
    await tracker.write(createMetricsRecords(1, 2), signal);
    expect(await readFile(join(folder, "run.prom"), "utf8")).to.match(/^codex_train_loss\{[^}]*\} 2$/m);
    await tracker.close({ ...outcome, status: "failed" });
    expect(await readFile(join(folder, "run.prom"), "utf8")).to.match(/^codex_run_status\{status="failed",.*\} 1$/m);
    expect(await readdir(folder)).to.deep.equal(["run.prom"]);
    expect(lines).to.deep.equal([]);
  });

  it("keeps in the textfile what was told before the run was opened again", async () => {
    const values = {
      'eval/a "\\loss': 0.5,
      "eval/none": Number.NaN,
      "eval/much": Number.NEGATIVE_INFINITY,
      "train/stepMs": 250,
      "train/loss": 3,
    };
    tracker = await create(folder, { port: false, textfile: "run.prom" });
    const run = createRunDescription(folder);
    const saved = await tracker.open(run);
    await tracker.write([metrics(values)], signal);
    const told = await readFile(join(folder, "run.prom"), "utf8");
    const again = await create(folder, { port: false, textfile: "run.prom" }, lines);
    await again.open(run, saved);
    const lineSet = (text: string) =>
      text
        .split("\n")
        .filter((line) => !line.startsWith("#"))
        .sort();
    expect(lineSet(await readFile(join(folder, "run.prom"), "utf8"))).to.deep.equal(lineSet(told));
    await again.write([metrics({ "train/loss": 2, 'eval/a "\\loss': 0.25 }, 7)], signal);
    await again.close(outcome);
    const text = await readFile(join(folder, "run.prom"), "utf8");
    expect(text).to.match(/^codex_train_loss\{[^}]*\} 2$/m);
    expect(text).to.match(/^codex_eval_a_loss\{[^}]*\} 0\.25$/m);
    expect(text).to.match(/^codex_train_step_seconds\{[^}]*\} 0\.25$/m);
    expect(text).to.match(/^codex_step\{[^}]*\} 7$/m);
    expect(lines).to.deep.equal([]);
    await again.open(createRunDescription(folder, 2), saved);
    expect(await readFile(join(folder, "run.prom"), "utf8")).not.to.include("codex_train");
  });

  it("makes the textfile's folder", async () => {
    await open({ port: false, textfile: "node/exporter/run.prom" });
    expect(await readFile(join(folder, "node/exporter/run.prom"), "utf8")).to.include("codex_run_info");
  });

  it("refuses options with which nobody would see anything", async () => {
    const failure = await create(folder, { port: false }).catch((error: unknown) => error);
    expect(String(failure)).to.include("name a textfile, or serve on a port");
    tracker = await create(folder);
  });

  it("says what run it is by all its tags, each a label of its own", async () => {
    tracker = await create(folder, { port: false, textfile: "run.prom" });
    const run = createRunDescription(folder);
    const own = { gitBranch: "main", learnRate: "high", "9 lives": "cat", __x: "y", name: "mine", project: 'a "b"\n' };
    await tracker.open({ ...run, parent: "sweep-1", tags: { ...run.tags, ...own, parent: "p", learn_rate: "low" } });
    const [line] = /^codex_run_info\{.*\} 1$/m.exec(await readFile(join(folder, "run.prom"), "utf8"))!;
    const labels = [...line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]);
    expect(Object.fromEntries(labels)).to.deep.equal({
      run_id: run.runId,
      name: "suite",
      project: "suite-project",
      parent: "sweep-1",
      host: "suite-host",
      platform: "linux x64",
      node: "v20.19.0",
      command: "codex train",
      git_branch: "main",
      learn_rate: "high",
      _9_lives: "cat",
      _x: "y",
      tag_name: "mine",
      tag_project: 'a \\"b\\"\\n',
      tag_parent: "p",
      tag_learn_rate: "low",
    });
    expect(labels).to.have.length(16);
  });

  it("says where a textfile cannot be written", async () => {
    await writeFile(join(folder, "nowhere"), "a file in the way");
    tracker = await create(folder, { port: false, textfile: "nowhere/run.prom" });
    const error = await rejection(
      () => tracker.open(createRunDescription(folder)),
      "CODEX_TRACKER_PROMETHEUS_TEXTFILE",
    );
    expect(error.where).to.equal(join(folder, "nowhere/run.prom"));
  });
});
