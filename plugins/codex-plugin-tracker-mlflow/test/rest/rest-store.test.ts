import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import {
  type Json,
  type Logger,
  type RunDescription,
  type Tracker,
  TrackerPoint,
  type TrackerRecord,
} from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createRunDescription,
  createTemporaryFolder,
  rejection,
  removeTemporaryFolders,
  settles,
  silentLogger,
} from "codex-core/testing";
import plugin from "codex-plugin-tracker-mlflow";
import { FakeServer, type Fault } from "../fake-server.js";

const { signal } = new AbortController();
const outcome = { status: "finished", endedAtMs: 5 } as const;
const variables = ["MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"] as const;

describe("RestStore", () => {
  let server: FakeServer;
  let uri: string;
  let folder: string;
  let run: RunDescription;
  let warnings: string[];

  beforeEach(async () => {
    server = new FakeServer();
    uri = await server.start();
    folder = await createTemporaryFolder();
    run = createRunDescription(folder);
    warnings = [];
  });
  afterEach(async () => {
    for (const name of variables) delete process.env[name];
    await server.stop().catch(() => undefined);
    await removeTemporaryFolders();
  });

  const create = (options: object = {}) => {
    const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    const context = { logger, folders: { project: folder, cache: folder, run: folder } };
    return createFromPlugin(plugin, TrackerPoint, "mlflow", { options: { uri, ...options }, context });
  };
  const opened = async (saved?: Json): Promise<Tracker> => {
    const tracker = await create();
    await tracker.open(run, saved);
    return tracker;
  };
  const at = (path: string, fault: Fault, times = 1) => {
    let left = times;
    server.fault = (asked) => (asked === path && left-- > 0 ? fault : undefined);
  };
  const numbers = () => server.run(run.runId).metrics.length;
  const paths = () => server.requests.map(({ path }) => path);
  const artifact = (name: string): TrackerRecord => ({
    kind: "artifact",
    sequence: 1,
    step: 1,
    timeMs: 1,
    name,
    type: "file",
    path: name,
  });

  it("says who asks, and keeps to one connection", async () => {
    process.env.MLFLOW_TRACKING_TOKEN = "secret";
    const tracker = await opened();
    await tracker.write(createMetricsRecords(1, 2), signal);
    for (const { headers } of server.requests) expect(headers.authorization).to.equal("Bearer secret");
    expect(server.requests.at(-1)!.headers.connection).to.equal("keep-alive");
  });

  it("asks to be called again when a busy server says so", async () => {
    const tracker = await opened();
    for (const [status, wait, expected] of [
      [429, "7", 7000],
      [503, "0.5", 500],
      [500, undefined, undefined],
    ] as const) {
      at("mlflow/runs/log-batch", { status, ...(wait ? { headers: { "retry-after": wait } } : {}) });
      const write = () => tracker.write(createMetricsRecords(1, 1), signal);
      const error = await rejection(write, "CODEX_TRACKER_MLFLOW_REFUSED");
      expect((error as { retryAfterMs?: number }).retryAfterMs).to.equal(expected);
      expect(error.what).to.contain(`${status}`);
    }
    await tracker.write(createMetricsRecords(1, 1), signal);
    expect(numbers()).to.equal(3);
  });

  it("says that a server does not know who asks, and how to say it", async () => {
    process.env.MLFLOW_TRACKING_USERNAME = "me";
    process.env.MLFLOW_TRACKING_PASSWORD = "hunter2";
    at("mlflow/experiments/get-by-name", { status: 401 });
    const tracker = await create();
    const error = await rejection(() => tracker.open(run), "CODEX_TRACKER_MLFLOW_REFUSED");
    expect(error.what).to.contain("401").and.contain("MLFLOW_TRACKING_USERNAME");
    expect(error.toString()).not.to.contain("hunter2");
  });

  it("says that nobody answers", async () => {
    await server.stop();
    const tracker = await create();
    const error = await rejection(() => tracker.open(run), "CODEX_TRACKER_MLFLOW_UNREACHABLE");
    expect(error.where).to.equal(`${uri}/`);
  });

  it("sends once what arrived though the server answered 500", async () => {
    const tracker = await opened();
    const batch = createMetricsRecords(1, 4);
    at("mlflow/runs/log-batch", { status: 500, takesEffect: true });
    await rejection(() => tracker.write(batch, signal), "CODEX_TRACKER_MLFLOW_REFUSED");
    expect(await tracker.missing!(batch, signal)).to.deep.equal([]);
    expect(numbers()).to.equal(12);
  });

  it("asks for no history where a batch is newer than all that is there", async () => {
    const tracker = await opened();
    await tracker.write(createMetricsRecords(1, 4), signal);
    server.requests.length = 0;
    const next = createMetricsRecords(5, 6);
    expect(await tracker.missing!(next, signal)).to.deep.equal(next);
    expect(paths()).to.deep.equal(["mlflow/runs/get"]);
  });

  it("reads the whole history of a server that knows no intervals, page by page", async () => {
    server.knowsIntervals = false;
    const tracker = await opened();
    await tracker.write(createMetricsRecords(1, 5), signal);
    expect(await tracker.missing!(createMetricsRecords(4, 7), signal)).to.deep.equal(createMetricsRecords(6, 7));
  });

  it("takes the run up that was made though nobody was told", async () => {
    at("mlflow/runs/create", { status: 500, takesEffect: true });
    const tracker = await create();
    await rejection(() => tracker.open(run), "CODEX_TRACKER_MLFLOW_REFUSED");
    await tracker.open(run);
    expect(server.runs).to.have.length(1);
  });

  it("finds the experiment that another process made at the same moment", async () => {
    server.fault = (path) => {
      if (path === "mlflow/experiments/create") {
        server.experiments.push({ id: "77", name: "suite-project", stage: "active" });
      }
      return undefined;
    };
    await opened();
    expect(server.run(run.runId).info.experiment_id).to.equal("77");
  });

  it("restores what was deleted: the experiment, and the run while it goes on", async () => {
    server.experiments.push({ id: "5", name: "suite-project", stage: "deleted" });
    const tracker = await opened();
    expect(server.experiments[0]!.stage).to.equal("active");
    server.run(run.runId).info.lifecycle_stage = "deleted";
    await tracker.write(createMetricsRecords(1, 2), signal);
    expect(numbers()).to.equal(6);
    expect(warnings).to.deep.equal([]);
  });

  it("makes a new run when the server has lost it, and says so", async () => {
    const tracker = await create();
    const saved = await tracker.open(run);
    server.runs.length = 0;
    const again = await (await create()).open(run, saved);
    expect(again).to.have.keys("experimentId", "runId");
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain("codex runs sync");
  });

  it("leaves out what the server refuses, and no more", async () => {
    const tracker = await opened();
    const odd = { kind: "metrics", sequence: 9, step: 9, timeMs: 9, metrics: { a: 1, refused: 2, b: 3 } } as const;
    await tracker.write([...createMetricsRecords(1, 3), odd, ...createMetricsRecords(10, 12)], signal);
    expect(numbers()).to.equal(20);
    expect(warnings).to.have.length(1);
  });

  it("tags a run with a parent that is told of later", async () => {
    const child = { ...run, runId: "child-0001", parent: run.runId, tags: { runId: "child-0001" } };
    const tracker = await create();
    await tracker.open(child);
    await opened();
    expect(server.run("child-0001").tags.get("mlflow.parentRunId")).to.equal(undefined);
    await tracker.close(outcome);
    expect(server.run("child-0001").tags.get("mlflow.parentRunId")).to.equal(server.run(run.runId).info.run_id);
  });

  it("uploads large and empty files, and escapes their names", async () => {
    await mkdir(join(folder, "a b"));
    await writeFile(join(folder, "a b/ü.yaml"), "");
    await truncate(join(folder, "a b/ü.yaml"), 3 << 20);
    await writeFile(join(folder, "empty"), "");
    const tracker = await opened();
    await tracker.write([artifact("a b/ü.yaml"), artifact("empty"), artifact("gone")], signal);
    const sizes = [...server.files].map(([path, bytes]) => [path.replace(/^.*artifacts\//, ""), bytes.length]);
    expect(sizes).to.deep.equal([
      ["a b/ü.yaml", 3 << 20],
      ["empty", 0],
    ]);
  });

  it("says once that a server takes no artifacts", async () => {
    server.artifactRoot = "s3://bucket/";
    await writeFile(join(folder, "config.yaml"), "a");
    const tracker = await opened();
    await tracker.write([artifact("config.yaml"), artifact("config.yaml")], signal);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain("--artifacts-destination");
  });

  it("leaves out a file that cannot be uploaded in time, so that others follow", async () => {
    await writeFile(join(folder, "large"), "a");
    const tracker = await opened();
    for (let attempt = 1; attempt <= 3; attempt++) {
      const limit = new AbortController();
      server.fault = (path) => {
        if (path.endsWith("/large")) limit.abort();
        return undefined;
      };
      const failed = await tracker.write([artifact("large")], limit.signal).then(
        () => false,
        () => true,
      );
      expect(failed).to.equal(true);
    }
    server.fault = () => undefined;
    await tracker.write([artifact("large"), ...createMetricsRecords(1, 1)], signal);
    expect(numbers()).to.equal(3);
    expect(warnings).to.have.length(1);
  });

  it("ends what goes on when it is disposed of", async () => {
    const tracker = (await opened()) as Tracker & { dispose(): Promise<void> };
    let reached: (() => void) | undefined;
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    server.fault = () => {
      reached!();
      // "Go on": the answer itself never comes.
      return { status: 100 };
    };
    const write = tracker.write(createMetricsRecords(1, 1), signal);
    await isReached;
    await tracker.dispose();
    await settles(write, 2000);
    expect(
      await write.then(
        () => "written",
        () => "failed",
      ),
    ).to.equal("failed");
  });
});
