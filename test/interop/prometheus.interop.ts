import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

const programs = join(repositoryRoot, ".cache/prometheus/usr/bin");

interface Series {
  readonly metric: { readonly [label: string]: string };
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

describe("Prometheus, scraping a run", function () {
  this.timeout(180_000);
  let folder: string;
  const children: ChildProcess[] = [];
  let project: ScratchProject;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "codex-prometheus-"));
    project = new ScratchProject();
  });
  after(() => {
    for (const child of children) child.kill("SIGKILL");
    project.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(program: string, args: readonly string[], url: string): Promise<void> {
    const child = spawn(join(programs, program), args, { stdio: "ignore" });
    children.push(child);
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
      if (await fetch(url).then(({ ok }) => ok, () => false)) return; // biome-ignore format: one line
      await sleep(100);
    }
    throw new Error(`${program} does not answer at ${url}`);
  }

  it("keeps what the run's own records say, from /metrics and from node-exporter's textfile", async () => {
    const [port, exporterPort, serverPort] = await Promise.all([freePort(), freePort(), freePort()]);
    const collected = join(folder, "textfile");
    mkdirSync(collected);
    const config = join(folder, "prometheus.yml");
    writeFileSync(
      config,
      `global: { scrape_interval: 100ms, scrape_timeout: 100ms }
scrape_configs:
  - { job_name: served, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }
  - { job_name: collected, static_configs: [{ targets: ["127.0.0.1:${exporterPort}"] }] }
`,
    );
    const server = `http://127.0.0.1:${serverPort}`;
    const storage = ["--storage.tsdb.path", join(folder, "data"), "--config.file", config];
    await start("prometheus", [...storage, `--web.listen-address=127.0.0.1:${serverPort}`], `${server}/-/ready`);
    const exporter = `127.0.0.1:${exporterPort}`;
    const collectors = ["--collector.disable-defaults", "--collector.textfile"];
    await start(
      "prometheus-node-exporter",
      [...collectors, `--collector.textfile.directory=${collected}`, `--web.listen-address=${exporter}`],
      `http://${exporter}/metrics`,
    );

    const textfile = join(collected, "codex.prom");
    const tracker = `tracker={prometheus: {port: ${port}, textfile: "${textfile}"}}`;
    const steps = ["trainer.maxSteps=1500", "trainer.evalEvery=500", "model.layerCount=1"];
    const run = ["train", "--config", "quickstart", ...steps, tracker, "--output-dir", "run"];
    const { code, stderr } = await project.codex(run);
    expect(code, stderr).to.equal(0);
    await sleep(1000);

    const rows = readFileSync(join(project.folder, "run/metrics.ndjson"), "utf8").trim().split("\n");
    const losses = rows.map((row) => JSON.parse(row)["train/loss"] as number | undefined);
    const known = new Set(losses.filter((loss) => loss !== undefined).map(String));
    for (const job of ["served", "collected"]) {
      const [loss] = await rangeOf(server, `codex_train_loss{job="${job}"}`);
      expect(loss!.values.length, `looks at ${job}`).to.be.greaterThan(3);
      for (const [, value] of loss!.values) expect(known.has(value), `${job}: ${value}`).to.equal(true);
    }
    const [last] = await rangeOf(server, 'codex_train_loss{job="collected"}');
    expect(last!.values.at(-1)![1]).to.equal(String(losses.filter((loss) => loss !== undefined).at(-1)));
    const statuses = await rangeOf(server, 'codex_run_status{job="collected",status="finished"}');
    expect(statuses[0]!.values.at(-1)![1]).to.equal("1");
    const { runId } = JSON.parse(readFileSync(join(project.folder, "run/run.json"), "utf8"));
    expect(last!.metric.run_id).to.equal(runId);
  });

  it("finds nothing wrong with the names and the text", () => {
    const text = readFileSync(join(folder, "textfile/codex.prom"));
    const { status, stdout, stderr } = spawnSync(join(programs, "promtool"), ["check", "metrics"], { input: text });
    expect(`${stdout}${stderr}`).to.equal("");
    expect(status).to.equal(0);
  });
});

async function rangeOf(server: string, query: string): Promise<readonly Series[]> {
  const end = Date.now() / 1000;
  const range = new URLSearchParams({ query, start: `${end - 120}`, end: `${end}`, step: "100ms" });
  const answer = (await (await fetch(`${server}/api/v1/query_range?${range}`)).json()) as {
    readonly data: { readonly result: readonly Series[] };
  };
  return answer.data.result;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
