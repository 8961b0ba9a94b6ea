import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createTestCheckpoint } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { SeededRandom } from "../seeded-random.js";
import { contentDigest } from "./content-digest.js";
import { Disk } from "./disk.js";
import { type DiskState, powerCuts, writeState } from "./power-cuts.js";
import { type Kept, type Promised, promisedAt } from "./promises.js";
import type { TraceEntry } from "./trace.js";

const nextStep = 1000;

export interface CheckSettings {
  /** States of one point of a trace, at most. */
  readonly limit: number;
  readonly seed: number;
  /** Takes states for one that differ only in what is in folders that no reader looks at. */
  readonly skipsHidden?: boolean;
}

/** What is in folders that no reader looks at. */
const hidden = /\/\.(unfinished|removed)-[^/]*\//;

/** Cuts the power at every point of a trace and looks at what a store finds afterwards. */
export class PowerLossCheck {
  /** States looked at, no two alike. */
  states = 0;
  readonly failures: string[] = [];
  private readonly warnings: string[] = [];
  private readonly seen = new Set<string>();
  private readonly contentDigests = new WeakMap<Buffer, string>();
  private readonly folder: string;
  private readonly store: LocalCheckpointStore;

  /** @param settings.scratch folder to build states in; a memory file system saves the time of its syncs */
  constructor(
    private readonly trace: readonly TraceEntry<Kept>[],
    private readonly settings: CheckSettings & { readonly scratch: string },
  ) {
    this.folder = mkdtempSync(join(settings.scratch, "codex power "));
    const warn = (_: string, fields: object = {}) => this.warnings.push(JSON.stringify(fields));
    const logger = { debug() {}, info() {}, warn, error: warn };
    this.store = new LocalCheckpointStore(localCheckpointOptions.parse({ keepLast: 1000 }), this.run, logger);
  }

  /** Goes through the trace. */
  async everyPoint(): Promise<void> {
    const random = new SeededRandom(this.settings.seed);
    const disk = new Disk();
    for (const [index, entry] of this.trace.entries()) {
      if (entry.op !== "mark") disk.apply(entry);
      const promised = promisedAt(this.trace, index);
      for (const state of powerCuts(disk, this.settings.limit, random)) {
        const key = createHash("sha256").update(JSON.stringify(promised));
        for (const [path, content] of state) {
          if (!this.settings.skipsHidden || !hidden.test(path)) key.update(`${path}\n${this.digestOf(content)}\n`);
        }
        const digest = key.digest("hex");
        if (this.seen.has(digest)) continue;
        this.seen.add(digest);
        const problem = await this.problemOf(state, promised);
        if (problem !== undefined)
          this.failures.push(`after ${index} ${JSON.stringify(entry).slice(0, 120)}: ${problem}`);
      }
    }
  }

  async dispose(): Promise<void> {
    await this.store.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private digestOf(content: Buffer | "folder"): string {
    if (content === "folder") return content;
    const digest = this.contentDigests.get(content) ?? createHash("sha256").update(content).digest("hex");
    this.contentDigests.set(content, digest);
    return digest;
  }

  private get run(): string {
    return join(this.folder, "runs", "run");
  }

  private async problemOf(state: DiskState, { newest, kept, somewhere }: Promised): Promise<string | undefined> {
    this.states += 1;
    this.warnings.length = 0;
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder);
    writeState(state, this.folder);
    try {
      const found = await this.digests(this.checkpoints);
      if (this.warnings.length > 0) return `not whole: ${this.warnings.join("; ")}`;
      if (!newest.includes(found.at(-1))) return `the newest is ${found.at(-1)}, not ${newest.join(" or ")}`;
      const present = [...found, ...(await this.setAside())];
      const lost = [
        ...kept.filter((digest) => !found.includes(digest)),
        ...somewhere.filter((digest) => !present.includes(digest)),
      ];
      if (lost.length > 0) return `lost: ${lost.join(", ")}`;
      const next = createTestCheckpoint(nextStep);
      await this.store.save(next);
      const after = await this.digests(this.checkpoints);
      if (after.at(-1) !== contentDigest(next)) return "the next save is not the newest";
      const gone = kept.filter((digest) => !after.includes(digest));
      if (gone.length > 0) return `the next save lost: ${gone.join(", ")}`;
      const left = readdirSync(this.checkpoints).filter((name) => !/^(step-\d{8}|superseded-\d+)$/.test(name));
      return left.length > 0 ? `the next save left: ${left.join(", ")}` : undefined;
    } catch (error) {
      return String(error);
    }
  }

  private get checkpoints(): string {
    return join(this.run, "checkpoints");
  }

  /** Checkpoints that the store finds in a folder, oldest first; each is loaded. */
  private async digests(folder: string): Promise<readonly string[]> {
    const digests: string[] = [];
    for (const { path } of await this.store.list(folder)) digests.push(contentDigest(await this.store.load(path)));
    return digests;
  }

  private async setAside(): Promise<readonly string[]> {
    const names = existsSync(this.checkpoints) ? readdirSync(this.checkpoints) : [];
    const digests: string[] = [];
    for (const name of names.filter((each) => each.startsWith("superseded-"))) {
      digests.push(...(await this.digests(join(this.checkpoints, name))));
    }
    return digests;
  }
}
