import type { Named, RunDescription } from "codex-core";

/** What a run is found by, as labels: its name, project and parent, and all its tags. */
export function runLabels({ runId, name, project, parent, tags }: RunDescription): Named<string> {
  const labels = new Map([
    // Every gauge has it.
    ["run_id", runId],
    ["name", name],
    ["project", project],
    ...(parent === undefined ? [] : [["parent", parent] as const]),
  ]);
  for (const [tag, value] of Object.entries(tags)) {
    let label = labelName(tag);
    while (labels.has(label) && labels.get(label) !== value) label = `tag_${label}`;
    labels.set(label, value);
  }
  labels.delete("run_id");
  return Object.fromEntries(labels);
}

/**
 * The name of a tag as Prometheus takes it: `gitCommit` is `git_commit`. Two underscores at the start are Prometheus' own.
 *
 * @source https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
 */
function labelName(tag: string): string {
  const words = tag.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  const name = words.replaceAll(/[^a-z0-9_]+/g, "_").replace(/^__+/, "_");
  return /^[a-z_]/.test(name) ? name : `_${name}`;
}
