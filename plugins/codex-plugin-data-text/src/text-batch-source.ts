import { join } from "node:path";
import type { BatchReader, BatchShape, BatchSource, Disposable, Split, Tokenizer } from "codex-core";
import { checkedRead, trainReader, validationReader } from "./batch-readers.js";
import { textErrors } from "./errors.js";
import { isSingleText, type SplitRule } from "./sources/split-documents.js";
import { type CachedTokens, cachedTokens, digestOf, outOfRange, type TokenizingJob } from "./token-cache.js";
import { openTokenFile, type TokenFile } from "./token-file.js";

/** What a text batch source is made of. */
export interface TextBatchSourceSettings
  extends Omit<TokenizingJob, "corpusFingerprint" | "safetyFingerprint" | "separator" | "rule"> {
  readonly split: "auto" | "documents" | "tails";
  readonly validationFraction: number;
  /** Ids of the files that are held out, instead of a fraction. */
  readonly validationFiles?: readonly string[];
  /** Text between documents; the tokenizer's end-of-sequence token when undefined. */
  readonly separator?: string;
  readonly cacheFolder: string;
  /** Undefined for reading in order. */
  readonly shuffleSeed?: number;
}

/** Token batches of a corpus: tokenized once, into the cache, when a split is first opened. */
export class TextBatchSource implements BatchSource, Disposable {
  private tokens?: Promise<CachedTokens>;
  private readonly files: TokenFile[] = [];

  private constructor(
    readonly fingerprint: string,
    private readonly cacheKey: string,
    private readonly cacheFolder: string,
    private readonly shuffleSeed: number | undefined,
    private readonly job: TokenizingJob,
  ) {}

  static async create(settings: TextBatchSourceSettings): Promise<TextBatchSource> {
    const { corpus, tokenizer, safety, signal, logger, cacheFolder, shuffleSeed } = settings;
    const corpusFingerprint = await corpus.fingerprint();
    const safetyFingerprint = safety.fingerprint;
    const rule = await ruleOf(settings);
    const separator = separatorOf(tokenizer, settings.separator);
    const cacheKey = digestOf({
      formatVersion: 1,
      corpus: corpusFingerprint,
      tokenizer: tokenizer.fingerprint,
      safety: safetyFingerprint,
      rule: [rule.kind, rule.fraction, ...[...rule.heldOut].sort()],
      separator: [...separator],
    });
    const fingerprint = digestOf({ tokens: cacheKey, seed: shuffleSeed ?? null });
    const job = { corpus, corpusFingerprint, tokenizer, safety, safetyFingerprint, rule, separator, signal, logger };
    return new TextBatchSource(fingerprint, cacheKey, cacheFolder, shuffleSeed, job);
  }

  async open(split: Split, shape: BatchShape): Promise<BatchReader> {
    this.tokens ??= cachedTokens(this.cacheFolder, this.cacheKey, this.job);
    const { folder, meta } = await this.tokens;
    const tokenCount = meta.tokens[split];
    if (tokenCount < shape.contextLength + 1) throw tooShort(split, shape, this.job.rule, meta);
    const path = join(folder, `${split}.bin`);
    const file = await openTokenFile(path, tokenCount, meta.bytesPerToken);
    this.files.push(file);
    const { vocabSize } = this.job.tokenizer;
    const read = checkedRead(file, vocabSize, () => outOfRange(vocabSize, folder));
    return split === "train"
      ? trainReader(read, tokenCount, shape, this.shuffleSeed)
      : validationReader(read, tokenCount, shape);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.files.splice(0).map((file) => file.close()));
  }
}

async function ruleOf(settings: TextBatchSourceSettings): Promise<SplitRule> {
  const { split, validationFraction: fraction, validationFiles } = settings;
  if (validationFiles) return { kind: "files", fraction: 0, heldOut: new Set(validationFiles) };
  const heldOut = new Set<string>();
  if (split !== "auto") return { kind: split, fraction, heldOut };
  return { kind: (await isSingleText(settings.corpus)) ? "tails" : "documents", fraction, heldOut };
}

function separatorOf(tokenizer: Tokenizer, separator: string | undefined): Uint32Array {
  if (separator !== undefined) return tokenizer.encode(separator);
  const { eos } = tokenizer.special;
  return eos === undefined ? tokenizer.encode("\n\n") : Uint32Array.of(eos);
}

function tooShort(split: Split, shape: BatchShape, rule: SplitRule, meta: CachedTokens["meta"]): Error {
  const documents = split === "train" ? meta.trainDocuments : meta.validationDocuments;
  return textErrors.CODEX_DATA_SPLIT_TOO_SHORT({
    what:
      `The ${split} split has ${meta.tokens[split]} tokens; a contextLength of ${shape.contextLength} ` +
      `needs ${shape.contextLength + 1}.`,
    where: placeOf(meta),
    why: `${documents} of ${meta.documents} documents went to this split, and ${meta.dropped} were dropped.`,
    fix: fixOf(split, rule, meta),
  });
}

function placeOf({ documents, firstDocument = "no document" }: CachedTokens["meta"]): string {
  return `data: ${firstDocument}${documents > 1 ? ` and ${documents - 1} more` : ""}`;
}

function fixOf(split: Split, rule: SplitRule, meta: CachedTokens["meta"]): string | undefined {
  if (rule.kind !== "documents" || split === "train") return undefined;
  const next = meta.nextFraction === undefined ? "" : ` or data.validationFraction=${roundUp(meta.nextFraction)}`;
  return (
    "Set data.split=tails to hold out the end of each document, name held-out files in data.validationPaths," +
    `${next || " or give more text"}.`
  );
}

/** The next number of three digits above a place, so that the document at the place is below it. */
function roundUp(place: number): number {
  return Math.min(0.999, Math.floor(place * 1000 + 1) / 1000);
}
