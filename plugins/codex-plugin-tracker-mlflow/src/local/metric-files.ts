import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { MetricPoint } from "../run-store.js";
import { lineOf, MetricFile, readTail, repairTail } from "./metric-file.js";
import { isNameTaken } from "./whole-file.js";

const maxOpenFiles = 256;

/** The metrics of a run: a file each, kept open while the run goes on. */
export class MetricFiles {
  readonly #open = new Map<string, MetricFile>();

  /** @param onLeftOut told of a metric whose name is the folder of others, or has a metric as its folder */
  constructor(
    readonly folder: string,
    readonly draft: string,
    readonly onLeftOut: (key: string) => void,
  ) {}

  /** Removes from all files what a crash cut: until then MLflow may not be able to read the run. */
  async repair(): Promise<void> {
    for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await repairTail(join(entry.parentPath, entry.name));
    }
  }

  async append(points: readonly MetricPoint[]): Promise<void> {
    for (const [key, lines] of linesByKey(points)) {
      try {
        await this.#append(key, [...lines]);
      } catch (error) {
        if (!isNameTaken(error)) throw error;
        this.onLeftOut(key);
      }
    }
  }

  /** Points come in order, so that what a batch may have left is at the end of the files. */
  async missing(points: readonly MetricPoint[]): Promise<readonly MetricPoint[]> {
    const tails = new Map<string, ReadonlySet<string>>();
    for (const key of new Set(points.map((point) => point.key))) {
      const tail = await readTail(this.#pathOf(key)).catch((error: unknown) => {
        if (!isNameTaken(error)) throw error;
        return [];
      });
      tails.set(key, new Set(tail));
    }
    return points.filter((point) => !tails.get(point.key)!.has(lineOf(point)));
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    try {
      await Promise.all(files.map((file) => file.sync()));
    } finally {
      await Promise.all(files.map((file) => file.close()));
    }
  }

  async #append(key: string, lines: readonly string[]): Promise<void> {
    const known = this.#open.get(key);
    if (known?.isOpen) return known.append(lines);
    if (this.#open.size >= maxOpenFiles) await this.close();
    this.#open.set(key, await MetricFile.append(this.#pathOf(key), lines, this.draft));
  }

  #pathOf(key: string): string {
    return join(this.folder, ...key.split("/"));
  }
}

/** MLflow's database refuses the same point twice, so the migration of such a run would fail. */
function linesByKey(points: readonly MetricPoint[]): ReadonlyMap<string, ReadonlySet<string>> {
  const lines = new Map<string, Set<string>>();
  for (const point of points) {
    let known = lines.get(point.key);
    if (!known) {
      known = new Set();
      lines.set(point.key, known);
    }
    known.add(lineOf(point));
  }
  return lines;
}
