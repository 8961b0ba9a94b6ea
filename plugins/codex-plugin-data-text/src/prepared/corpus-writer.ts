import type { CorpusSource } from "codex-core";
import { onlySource, type Segment, type SplitFacts } from "../sources/split-documents.js";
import type { WrittenFile } from "./checked-writer.js";
import { type DataManifest, type ManifestSource, sealed } from "./data-manifest.js";
import type { TokenizingJob } from "./prepare-tokens.js";
import { SplitWriter, splitName } from "./split-writer.js";
import { bytesPerTokenOf, emptyTokens } from "./token-array.js";

/** Writes the splits of all sources; each split's writer is made when its first segment comes. */
export class CorpusWriter {
  private readonly writers = new Map<string, Promise<SplitWriter>>();

  constructor(
    private readonly folder: string,
    private readonly job: TokenizingJob,
  ) {}

  of({ source, split }: Pick<Segment, "source" | "split">): Promise<SplitWriter> {
    const name = splitName(source, split);
    let writer = this.writers.get(name);
    if (!writer) {
      const separator = emptyTokens(this.job.separator.length, bytesPerTokenOf(this.job.tokenizer.vocabSize));
      separator.set(this.job.separator);
      writer = SplitWriter.create(this.folder, name, separator);
      this.writers.set(name, writer);
    }
    return writer;
  }

  /** Finishes all files; what they are, and what they were made of. */
  async finish(facts: SplitFacts, known: readonly CorpusSource[] | undefined): Promise<DataManifest> {
    const { job } = this;
    const files: Record<string, WrittenFile> = {};
    const sources: Record<string, ManifestSource> = {};
    for (const { name, weight: _, files: read, ...rest } of known ?? [{ name: onlySource, weight: 1, files: [] }]) {
      const splits: Partial<ManifestSource["splits"]> = {};
      for (const split of ["train", "validation"] as const) {
        const finished = await (await this.of({ source: name, split })).finish();
        splits[split] = { ...finished.contents };
        Object.assign(files, finished.files);
      }
      const dropped = facts.dropped.get(name) ?? 0;
      sources[name] = { ...rest, files: [...read], dropped, splits: splits as ManifestSource["splits"] };
    }
    const { kind, fraction } = job.rule;
    return sealed({
      formatVersion: 2,
      corpus: job.corpusFingerprint,
      tokenizer: job.tokenizer.fingerprint,
      safety: job.safetyFingerprint,
      options: job.options,
      vocabSize: job.tokenizer.vocabSize,
      bytesPerToken: bytesPerTokenOf(job.tokenizer.vocabSize),
      separator: [...job.separator],
      split: { kind, fraction, ...(facts.nextFraction === undefined ? {} : { nextFraction: facts.nextFraction }) },
      ...(facts.firstDocument === undefined ? {} : { firstDocument: facts.firstDocument }),
      sources,
      files,
    });
  }

  async close(): Promise<void> {
    for (const writer of this.writers.values()) await writer.then((opened) => opened.close()).catch(() => {});
  }
}
