import type { MetricsRecord, TrackerRecord } from "codex-core";
import { jsonText } from "./json-text.js";
import { historyKey, paramPath, samplesKey } from "./keys.js";
import { readTableRows } from "./media.js";
import { type Entry, tagEntries } from "./records.js";
import { type Interest, pathKey, type RunContent } from "./run-content.js";
import { isSystemMetric, toStat } from "./system-stats.js";

/** What of a file has to be known to tell which of these records are there. */
export function interestIn(records: readonly TrackerRecord[]): Interest {
  return {
    steps: new Set(records.map(({ step }) => step)),
    timesMs: new Set(records.map(({ timeMs }) => Math.round(timeMs))),
  };
}

/** The records that are not in a run's file, a metrics record with the metrics that are not. */
export async function missingIn(
  content: RunContent,
  filesFolder: string,
  records: readonly TrackerRecord[],
): Promise<readonly TrackerRecord[]> {
  const missing: TrackerRecord[] = [];
  for (const record of records) {
    if (record.kind === "metrics") missing.push(...missingMetrics(content, record));
    else if (!(await isThere(content, filesFolder, record))) missing.push(record);
  }
  return missing;
}

function missingMetrics(content: RunContent, record: MetricsRecord): readonly MetricsRecord[] {
  const stats = content.stats.get(Math.round(record.timeMs));
  const values = content.steps.get(record.step);
  const all = Object.entries(record.metrics);
  const metrics = all.filter(
    ([name, value]) => !(isSystemMetric(name) ? stats?.has(toStat(name, value)[0]) : values?.has(historyKey(name))),
  );
  if (metrics.length === all.length) return [record];
  return metrics.length === 0 ? [] : [{ ...record, metrics: Object.fromEntries(metrics) }];
}

async function isThere(
  content: RunContent,
  filesFolder: string,
  record: Exclude<TrackerRecord, MetricsRecord>,
): Promise<boolean> {
  const values = content.steps.get(record.step);
  switch (record.kind) {
    case "sample": {
      const table = values?.get(samplesKey);
      const rows = table === undefined ? [] : await readTableRows(filesFolder, table);
      return rows.some(([prompt, text]) => prompt === record.prompt && text === record.text);
    }
    case "artifact":
      // Its file may be of before, or a part: placed again it is whole, and named once.
      return false;
    case "params":
      return hasConfig(
        content,
        Object.entries(record.params).map(([name, value]) => [paramPath(name), jsonText(value)]),
      );
    case "tags":
      return hasConfig(content, tagEntries(record.tags));
    default:
      return values?.has(historyKey(record.key)) ?? false;
  }
}

function hasConfig({ config }: RunContent, entries: readonly Entry[]): boolean {
  return entries.every(([path, json]) => config.get(pathKey(path)) === json);
}
