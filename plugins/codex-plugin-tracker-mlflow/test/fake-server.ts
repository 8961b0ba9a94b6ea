import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Row = { [name: string]: unknown };

export interface FakeRun {
  readonly info: Row;
  readonly params: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly metrics: { key: string; value: number; timestamp: number; step: number }[];
  readonly inputs: Row[];
}

/** What a request gets in place of its answer. */
export interface Fault {
  readonly status: number;
  readonly headers?: { readonly [name: string]: string };
  /** Whether the request takes effect all the same. */
  readonly takesEffect?: boolean;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string = code,
  ) {
    super(message);
  }
}

/**
 * What of MLflow's REST interface the tracker uses, kept in memory, as the real server with a file store answers: a
 * point that comes twice is there twice.
 */
export class FakeServer {
  readonly experiments: { id: string; name: string; stage: string }[] = [];
  readonly runs: FakeRun[] = [];
  readonly files = new Map<string, Buffer>();
  readonly requests: { path: string; headers: IncomingMessage["headers"]; sizeBytes: number }[] = [];
  artifactRoot = "mlflow-artifacts:/";
  knowsIntervals = true;
  /** Asked before each request. */
  fault: (path: string, body: Row) => Fault | undefined = () => undefined;
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  run(runId: string): FakeRun {
    return this.runs.find(({ tags }) => tags.get("runId") === runId)!;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, "http://fake");
    const path = url.pathname.replace("/api/2.0/", "");
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    this.requests.push({ path, headers: request.headers, sizeBytes: bytes.length });
    const isUpload = path.startsWith("mlflow-artifacts/");
    const body: Row = isUpload || bytes.length === 0 ? Object.fromEntries(url.searchParams) : JSON.parse(`${bytes}`);
    const fault = this.fault(path, body);
    if (fault && !fault.takesEffect) return void response.writeHead(fault.status, fault.headers).end();
    try {
      const said = isUpload ? this.#upload(path, bytes) : this.#handle(path.replace("mlflow/", ""), body);
      response.writeHead(fault?.status ?? 200, { "content-type": "application/json", ...fault?.headers });
      response.end(JSON.stringify(said));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.writeHead(error.status).end(JSON.stringify({ error_code: error.code, message: error.message }));
    }
  }

  #upload(path: string, bytes: Buffer): Row {
    this.files.set(decodeURIComponent(path.replace("mlflow-artifacts/artifacts/", "")), bytes);
    return {};
  }

  #handle(path: string, body: Row): Row {
    switch (path) {
      case "experiments/get-by-name": {
        const found = this.experiments.find(({ name }) => name === body.experiment_name);
        if (!found) throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST");
        return { experiment: { experiment_id: found.id, name: found.name, lifecycle_stage: found.stage } };
      }
      case "experiments/create": {
        if (this.experiments.some(({ name }) => name === body.name)) throw new Refusal(400, "RESOURCE_ALREADY_EXISTS");
        const id = String(this.experiments.length + 1);
        this.experiments.push({ id, name: String(body.name), stage: "active" });
        return { experiment_id: id };
      }
      case "experiments/restore":
        this.experiments.find(({ id }) => id === body.experiment_id)!.stage = "active";
        return {};
      case "runs/create":
        return { run: this.#create(body) };
      case "runs/get":
        return { run: describe(this.#find(body.run_id)) };
      case "runs/search": {
        const runId = /tags\.runId = '([^']*)'/.exec(String(body.filter))![1];
        return { runs: this.runs.filter(({ tags }) => tags.get("runId") === runId).map(describe) };
      }
      case "runs/update": {
        const { run_id: _, ...change } = body;
        Object.assign(this.#find(body.run_id).info, change);
        return {};
      }
      case "runs/restore":
        this.#find(body.run_id).info.lifecycle_stage = "active";
        return {};
      case "runs/log-batch":
        return this.#log(body);
      case "runs/log-inputs":
        this.#find(body.run_id).inputs.push(...(body.datasets as Row[]));
        return {};
      case "metrics/get-history-bulk-interval":
        if (!this.knowsIntervals) throw new Refusal(404, "ENDPOINT_NOT_FOUND");
        return {
          metrics: this.#history(body.run_ids, body.metric_key)
            .filter(({ step }) => step >= Number(body.start_step) && step <= Number(body.end_step))
            .slice(0, Number(body.max_results)),
        };
      case "metrics/get-history": {
        const from = Number(body.page_token ?? 0);
        const all = this.#history(body.run_id, body.metric_key);
        // Small pages, so that tests see several.
        return { metrics: all.slice(from, from + 2), ...(from + 2 < all.length ? { next_page_token: from + 2 } : {}) };
      }
      default:
        throw new Refusal(404, "ENDPOINT_NOT_FOUND");
    }
  }

  #create({ experiment_id, user_id, run_name, start_time, tags }: Row): Row {
    const id = String(this.runs.length + 1).padStart(32, "0");
    const run: FakeRun = {
      info: {
        run_id: id,
        experiment_id,
        user_id,
        run_name,
        start_time,
        status: "RUNNING",
        lifecycle_stage: "active",
        artifact_uri: `${this.artifactRoot}${experiment_id}/${id}/artifacts`,
      },
      params: new Map(),
      tags: new Map((tags as Row[]).map(({ key, value }) => [String(key), String(value)])),
      metrics: [],
      inputs: [],
    };
    this.runs.push(run);
    return describe(run);
  }

  #find(id: unknown): FakeRun {
    const run = this.runs.find(({ info }) => info.run_id === id);
    if (!run) throw new Refusal(404, "RESOURCE_DOES_NOT_EXIST");
    return run;
  }

  #history(id: unknown, key: unknown) {
    return this.#find(id)
      .metrics.filter((metric) => metric.key === key)
      .map((metric) => ({
        ...metric,
        value: Number.isNaN(metric.value) ? "NaN" : finite(metric.value),
        step: metric.step,
      }));
  }

  #log({ run_id, metrics = [], params = [], tags = [] }: Row): Row {
    const run = this.#find(run_id);
    const lists = [metrics, params, tags] as Row[][];
    if (lists[0]!.length > 1000 || lists[1]!.length > 100 || lists[2]!.length > 100 || lists.flat().length > 1000) {
      throw new Refusal(400, "INVALID_PARAMETER_VALUE", "can contain at most");
    }
    if (run.info.lifecycle_stage !== "active") throw new Refusal(400, "INVALID_PARAMETER_VALUE", "must be active");
    for (const { key, value } of lists.flat()) {
      if (!/^[/\w.\- :]+$/.test(String(key)) || key === "refused")
        throw new Refusal(400, "INVALID_PARAMETER_VALUE", "bad");
      if (value === null) throw new Refusal(400, "INVALID_PARAMETER_VALUE", "no value");
    }
    for (const { key, value } of lists[1]!) {
      const known = run.params.get(String(key));
      if (known !== undefined && known !== value) throw new Refusal(400, "INVALID_PARAMETER_VALUE", "param changes");
    }
    for (const { key, value } of lists[1]!) run.params.set(String(key), String(value));
    for (const { key, value } of lists[2]!) run.tags.set(String(key), String(value));
    for (const { key, value, timestamp, step } of lists[0]!) {
      run.metrics.push({ key: String(key), value: Number(value), timestamp: Number(timestamp), step: Number(step) });
    }
    return {};
  }
}

/** As a database keeps it. */
function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
}

function describe({ info, params, tags, metrics, inputs }: FakeRun): Row {
  const newest = new Map<string, Row>();
  for (const metric of metrics) {
    const known = newest.get(metric.key);
    if (known === undefined || metric.step >= Number(known.step)) newest.set(metric.key, metric);
  }
  const list = (texts: Map<string, string>) => [...texts].map(([key, value]) => ({ key, value }));
  return {
    info,
    data: { metrics: [...newest.values()], params: list(params), tags: list(tags) },
    inputs: { dataset_inputs: inputs },
  };
}
