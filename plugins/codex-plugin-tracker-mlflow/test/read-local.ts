import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parse } from "yaml";

const statuses: { readonly [number: number]: string } = { 1: "RUNNING", 3: "FINISHED", 4: "FAILED", 5: "KILLED" };

/** A run as MLflow's file store reads it, as strictly. */
export async function readLocal(root: string, runId: string) {
  for (const experimentId of await readdir(root)) {
    const folder = join(root, experimentId, runId);
    const meta = await readMeta(folder).catch(() => undefined);
    if (!meta) continue;
    const metrics = [];
    for (const [key, text] of await filesBelow(join(folder, "metrics"))) {
      if (text === "") throw new Error(`${key} is empty`);
      for (const line of text.split("\n").slice(0, -1)) {
        const match = /^(\d+) (\S+) (-?\d+)$/.exec(line);
        if (!match) throw new Error(`${key} has the line ${JSON.stringify(line)}`);
        metrics.push({ key, timestamp: Number(match[1]), value: Number(match[2]), step: Number(match[3]) });
      }
      if (!text.endsWith("\n")) throw new Error(`${key} has a torn line`);
    }
    const datasets = [];
    for (const input of await readdir(join(folder, "inputs")).catch(() => [])) {
      const { source_id, tags } = await readMeta(join(folder, "inputs", input));
      const dataset = await readMeta(join(root, experimentId, "datasets", source_id));
      datasets.push({ ...dataset, context: tags["mlflow.data.context"] as string });
    }
    return {
      status: statuses[meta.status],
      endTime: meta.end_time as unknown,
      name: String(meta.run_name),
      experiment: String((await readMeta(join(root, experimentId))).name),
      params: await filesBelow(join(folder, "params")),
      tags: await filesBelow(join(folder, "tags")),
      metrics,
      files: await filesBelow(join(folder, "artifacts")),
      datasets,
    };
  }
  throw new Error(`there is no run ${runId}`);
}

/** Texts of files by their paths. */
export async function filesBelow(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(relative(folder, path).replaceAll("\\", "/"), await readFile(path, "utf8"));
  }
  return files;
}

// biome-ignore lint/suspicious/noExplicitAny: what is in the file is what is tested
async function readMeta(folder: string): Promise<any> {
  return parse(await readFile(join(folder, "meta.yaml"), "utf8"));
}
