import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TrackerPoint } from "codex-core";
import { createFromPlugin, describeTracker } from "codex-core/testing";
import plugin from "../index.js";

const create = (folder) => createFromPlugin(plugin, TrackerPoint, "jsonl", { options: { folder } });

/** What a reader of the file would show: every number of every step, one that stands there twice, twice. */
async function read({ folder, runId }) {
  const lines = (await readFile(join(folder, `${runId}.jsonl`), "utf8")).trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "metrics");
  return records.flatMap(({ step, metrics }) =>
    Object.entries(metrics).map(([key, value]) => ({ key, step, value: Number(value) })),
  );
}

describeTracker("jsonl", create, { read });
