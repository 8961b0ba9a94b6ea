import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Batch, BatchSourcePoint, CorpusPoint, type Disposable, isCodexError, TokenizerPoint } from "codex-core";
import { createFromPlugin, createTemporaryFolder } from "codex-core/testing";
import dataText from "codex-plugin-data-text";
import tokenizerChar from "codex-plugin-tokenizer-char";
import { seededNumbers } from "./seeded-text.mjs";

const gate = { fingerprint: "none", inspect: async (texts: readonly string[]) => texts, stream: () => neverUsed() };
const kinds = ["windows", "packed", "padded"] as const;

/** What reading mutated data came to. */
export interface MutationOutcome {
  /** Refused with a coded error. */
  refused: number;
  /** The same batches: the data was made again, or the mutation touched nothing that was read. */
  same: number;
  /** What should not be: other batches, or an error without a code. */
  readonly wrong: string[];
}

/** Prepares a small corpus, and reads all of it again and again after one file was damaged in a way of a seed. */
export class PreparedMutations {
  private constructor(
    private readonly project: string,
    private readonly reference: ReadonlyMap<string, readonly Batch[]>,
  ) {}

  static async create(): Promise<PreparedMutations> {
    const project = await createTemporaryFolder();
    const rows = Array.from({ length: 400 }, (_, index) => `whale ${index} ${"swam far ".repeat(1 + (index % 9))}`);
    writeFileSync(join(project, "book.jsonl"), rows.map((text) => JSON.stringify({ text })).join("\n"));
    const mutations = new PreparedMutations(project, new Map());
    const reference = new Map<string, readonly Batch[]>();
    for (const kind of kinds) reference.set(kind, await mutations.read(kind, "whole"));
    return new PreparedMutations(project, reference);
  }

  async run(count: number, firstSeed = 1): Promise<MutationOutcome> {
    const outcome: MutationOutcome = { refused: 0, same: 0, wrong: [] };
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const kind = kinds[seed % kinds.length] ?? "windows";
      rmSync(join(this.project, "mutated"), { recursive: true, force: true });
      cpSync(join(this.project, "whole"), join(this.project, "mutated"), { recursive: true });
      const what = mutate(join(this.project, "mutated"), seed);
      try {
        const batches = await this.read(kind, "mutated");
        if (JSON.stringify(batches) === JSON.stringify(this.reference.get(kind))) outcome.same++;
        else outcome.wrong.push(`${seed} ${kind} ${what}: other batches`);
      } catch (error) {
        if (isCodexError(error)) outcome.refused++;
        else outcome.wrong.push(`${seed} ${kind} ${what}: ${String(error)}`);
      }
    }
    return outcome;
  }

  private async read(rows: string, cache: string): Promise<Batch[]> {
    const options = { paths: ["book.jsonl"], rows, split: "documents" };
    const folders = { project: this.project, cache: join(this.project, cache) };
    const settings = { options, context: { seed: 1, folders } };
    const corpus = await createFromPlugin(dataText, CorpusPoint, "text", settings);
    const tokenizer = await createFromPlugin(tokenizerChar, TokenizerPoint, "char", {
      dependencies: { corpus, safety: gate },
    });
    const dependencies = { corpus, tokenizer, safety: gate };
    const source = await createFromPlugin(dataText, BatchSourcePoint, "text", { ...settings, dependencies });
    try {
      const batches: Batch[] = [];
      for (const split of ["train", "validation"] as const) {
        const reader = await source.open(split, { microBatch: 8, contextLength: 64 });
        for (let position = 0; position < reader.microBatchesPerEpoch; position++) {
          batches.push(await reader.read(position));
        }
      }
      return batches;
    } finally {
      await (source as unknown as Disposable).dispose();
    }
  }
}

/** Damages one file below a folder, and says how. */
function mutate(folder: string, seed: number): string {
  const next = seededNumbers(Math.imul(seed, 2654435761));
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const files = paths.filter((path) => statSync(path).isFile() && !path.includes("file-digests")).sort();
  const path = files[next(files.length)] as string;
  const bytes = readFileSync(path);
  const at = next(Math.max(1, bytes.length));
  const kind = ["flip", "cut", "longer", "zeros", "empty", "number"][next(6)];
  const changed = Buffer.concat([bytes, Buffer.alloc(kind === "longer" ? 1 + next(100_000) : 0)]);
  if (kind === "flip" && bytes.length > 0) changed.writeUInt8(changed.readUInt8(at) ^ (1 << next(8)), at);
  if (kind === "zeros") changed.fill(0, at, Math.min(bytes.length, at + 1 + next(64)));
  if (kind === "number") changed.fill(Buffer.from("9007199254740993"), at, Math.min(bytes.length, at + 16));
  const kept = kind === "cut" ? changed.subarray(0, at) : kind === "empty" ? Buffer.alloc(0) : changed;
  writeFileSync(path, kept);
  return `${kind} ${path.slice(folder.length)} at ${at}`;
}

function neverUsed(): never {
  throw new Error("Batches are not streamed.");
}
