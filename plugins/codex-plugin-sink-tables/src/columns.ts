import type { RunFacts } from "codex-core";

/** The columns of the table of values, a row a value. */
export const metricColumns = ["run_id", "step", "time_ms", "sequence", "key", "value"] as const;

/** The columns of the table of runs. `config` is JSON. */
export const runColumns = [
  "run_id",
  "name",
  "status",
  "started_at",
  "ended_at",
  "command",
  "folder",
  "config",
] as const;

/** A row of the table of runs; null where a run does not tell. */
export function runRow({ config, ...facts }: RunFacts): (string | null)[] {
  const { runId, name, status, startedAt, endedAt, command, folder } = facts;
  const configJson = config === null ? null : JSON.stringify(config);
  return [runId, name, status, startedAt, endedAt, command, folder, configJson];
}
