import type { JsonObject } from "codex-core";
import type { MetricPoint } from "../run-store.js";
import type { RestClient } from "./rest-client.js";

/** Points that one answer may hold, for all that servers leave out where there are more. */
const maxResults = 2500;
const pageSize = 10_000;

/**
 * Of points that may have arrived in part, those that a server does not have. It is asked for the metrics whose newest
 * value is not older than these points.
 */
export async function missingPoints(
  client: RestClient,
  runId: string,
  points: readonly MetricPoint[],
  newest: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<readonly MetricPoint[]> {
  const missing = new Set<MetricPoint>();
  for (const key of new Set(points.map((point) => point.key))) {
    const ofKey = points.filter((point) => point.key === key);
    const steps = ofKey.map(({ step }) => step);
    const first = Math.min(...steps);
    const newestStep = newest.get(key);
    const isThere = newestStep !== undefined && newestStep >= first;
    const arrived = isThere ? await arrivedOf(client, runId, key, first, Math.max(...steps), signal) : new Set();
    for (const point of ofKey) if (!arrived.has(nameOf(point))) missing.add(point);
  }
  return points.filter((point) => missing.has(point));
}

async function arrivedOf(
  client: RestClient,
  runId: string,
  key: string,
  first: number,
  last: number,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const range = { run_ids: runId, metric_key: key, start_step: first, end_step: last, max_results: maxResults };
  const answer = await client.ask("metrics/get-history-bulk-interval", range, signal);
  const some = metricsOf(answer.body);
  if (answer.status === 200 && some.length < maxResults) return new Set(some.map(nameOf));
  // An older server does not know intervals: the whole history is read.
  const arrived = new Set<string>();
  let page = "";
  do {
    const query = { run_id: runId, metric_key: key, max_results: pageSize, ...(page ? { page_token: page } : {}) };
    const body = await client.get("metrics/get-history", query, signal);
    for (const point of metricsOf(body)) if (point.step >= first && point.step <= last) arrived.add(nameOf(point));
    page = String(body.next_page_token ?? "");
  } while (page !== "");
  return arrived;
}

/** The points of an answer, where a number may be a word, or one that a database keeps in place of infinity. */
function metricsOf(body: JsonObject): readonly MetricPoint[] {
  const metrics = Array.isArray(body.metrics) ? (body.metrics as readonly JsonObject[]) : [];
  return metrics.map(({ key, value, timestamp, step }) => ({
    key: String(key),
    value: Number(value ?? 0),
    timestamp: Number(timestamp ?? 0),
    step: Number(step ?? 0),
  }));
}

/** Twelve digits: a database may round the others. */
function nameOf({ value, timestamp, step }: MetricPoint): string {
  const kept = Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
  return `${timestamp} ${kept.toPrecision(12)} ${step}`;
}
