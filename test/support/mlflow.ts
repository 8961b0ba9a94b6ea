import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { python } from "./interop.js";

const run = promisify(execFile);
const mlflow = join(dirname(python), "mlflow");

/** A run as MLflow's own client shows it. */
export interface ShownRun {
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly status: string;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly params: { readonly [key: string]: string };
  readonly tags: { readonly [key: string]: string };
  readonly inputs: readonly { readonly name: string; readonly digest: string; readonly context: string }[];
  readonly history: readonly { key: string; step: number; timestamp: number; value: number }[];
  /** Texts of artifacts by their paths. */
  readonly files: { readonly [path: string]: string };
}

const program = `
import json, os, sys, tempfile
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
from mlflow.tracking import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
def text_of(path):
    if os.path.isdir(path): return {}
    with open(path, "rb") as file: return file.read().decode("utf8", "replace")
def files_of(run_id):
    folder = client.download_artifacts(run_id, "", tempfile.mkdtemp())
    paths = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    return {os.path.relpath(path, folder): text_of(path) for path in paths}
runs = []
for experiment in client.search_experiments():
    for run in client.search_runs([experiment.experiment_id], max_results=1000):
        info, data = run.info, run.data
        history = [m for key in data.metrics for m in client.get_metric_history(info.run_id, key)]
        runs.append(dict(
            id=info.run_id, experiment=experiment.name, name=info.run_name, status=info.status,
            startTime=info.start_time, endTime=info.end_time, params=data.params, tags=data.tags,
            inputs=[dict(name=i.dataset.name, digest=i.dataset.digest, context=i.tags[0].value) for i in run.inputs.dataset_inputs],
            history=[dict(key=m.key, step=m.step, timestamp=m.timestamp, value=m.value) for m in history],
            files=files_of(info.run_id) if len(sys.argv) > 2 else {}))
print(json.dumps(runs))
`;

/** All runs that MLflow's own client shows at an address. */
export async function shownRuns(uri: string, withFiles = true): Promise<readonly ShownRun[]> {
  const args = ["-c", program, uri, ...(withFiles ? ["files"] : [])];
  const { stdout } = await run(python, args, { maxBuffer: 1 << 28, env: quiet() });
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n[{") + 1));
}

/** The only run whose tag `runId` is that of a run's folder, or of one of its segments. */
export function shownOf(runs: readonly ShownRun[], folder: string, segment = 1): ShownRun {
  const { runId } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
  const wanted = segment === 1 ? runId : `${runId}-${segment}`;
  const found = runs.filter(({ tags }) => tags.runId === wanted);
  expect(found, `runs of MLflow that are ${wanted}`).to.have.length(1);
  return found[0]!;
}

/**
 * Fails unless MLflow shows each number of the run once, as its metrics.ndjson has it: of a step that was trained again
 * after a resume, as it was the first or the second time.
 */
export function expectNumbersOf(folder: string, shown: ShownRun): void {
  const told = numbersIn(join(folder, "metrics.ndjson"));
  const before = numbersIn(join(folder, "metrics.superseded.ndjson"));
  expect(told.size).to.be.greaterThan(0);
  const names = shown.history.map(({ key, step }) => `${key} ${step}`);
  expect(new Set(names).size, "numbers that are there once").to.equal(names.length);
  expect([...names].sort()).to.deep.equal([...told.keys()].sort());
  for (const { key, step, timestamp, value } of shown.history) {
    const name = `${key} ${step}`;
    const candidates = [told.get(name)!, ...(before.get(name) ?? [])].flat();
    expect(candidates, name).to.deep.include({ timestamp, value });
  }
}

/** Values by metric and step. */
function numbersIn(path: string): Map<string, { timestamp: number; value: number }[]> {
  const numbers = new Map<string, { timestamp: number; value: number }[]>();
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  for (const line of lines.filter((line) => line !== "")) {
    const { seq: _, step, timeMs, ...metrics } = JSON.parse(line) as { [name: string]: number };
    for (const [key, value] of Object.entries(metrics)) {
      const name = `${key} ${step}`;
      numbers.set(name, [...(numbers.get(name) ?? []), { timestamp: timeMs!, value }]);
    }
  }
  return numbers;
}

export async function migrate(from: string, database: string): Promise<void> {
  await run(mlflow, ["migrate-filestore", "--source", from, "--target", `sqlite:///${database}`], { env: quiet() });
}

/** A server of MLflow's on this machine, which can be killed and started again on its port. */
export class MlflowServer {
  #process: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly database: string,
  ) {}

  get uri(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  static async start(folder: string, database = join(folder, "mlflow.db")): Promise<MlflowServer> {
    const server = new MlflowServer(folder, await freePort(), database);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const args = [
      "--backend-store-uri",
      `sqlite:///${this.database}`,
      "--artifacts-destination",
      join(this.folder, "artifacts"),
    ];
    this.#process = spawn(
      mlflow,
      ["server", ...args, "--host", "127.0.0.1", "--port", `${this.port}`, "--workers", "1"],
      {
        // A group of its own: its workers are killed with it.
        detached: true,
        stdio: "ignore",
        cwd: this.folder,
        env: quiet(),
      },
    );
    const endMs = Date.now() + 180_000;
    while (
      !(await fetch(`${this.uri}/health`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (Date.now() > endMs) throw new Error("mlflow server does not start");
      await sleep(250);
    }
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child?.pid) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }
}

/** No reports to anybody, and no store of a developer's own. */
function quiet(): NodeJS.ProcessEnv {
  const { MLFLOW_TRACKING_URI: _, ...environment } = process.env;
  return { ...environment, MLFLOW_DISABLE_TELEMETRY: "true", DO_NOT_TRACK: "true", PYTHONWARNINGS: "ignore" };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
