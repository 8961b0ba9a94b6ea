import type {
  BatchReader,
  BatchShape,
  BatchSource,
  DataProblem,
  Disposable,
  PreparationProgress,
  PreparedData,
  Split,
  Tokenizer,
} from "codex-core";
import { BlockCache } from "./prepared/block-cache.js";
import { digestOf } from "./prepared/data-manifest.js";
import type { TokenizingJob } from "./prepared/prepare-tokens.js";
import { type PreparedTokens, preparedTokens } from "./prepared/prepared-tokens.js";
import { verifyFiles } from "./prepared/verify-files.js";
import { openRows, type RowKind } from "./rows/open-rows.js";
import { verifyRows } from "./rows/verify-rows.js";
import { isSingleText, type SplitRule } from "./sources/split-documents.js";

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
  readonly rows: RowKind;
}

/** Token batches of a corpus: tokenized once, into the cache, when a split is first opened. */
export class TextBatchSource implements BatchSource, Disposable {
  private prepared?: Promise<PreparedTokens>;
  private readonly cache = new BlockCache();
  private readonly opened: { close(): Promise<void> }[] = [];

  private constructor(
    readonly fingerprint: string,
    private readonly cacheKey: string,
    private readonly weights: ReadonlyMap<string, number>,
    private readonly settings: Pick<TextBatchSourceSettings, "cacheFolder" | "shuffleSeed" | "rows">,
    private readonly job: TokenizingJob,
  ) {}

  static async create(settings: TextBatchSourceSettings): Promise<TextBatchSource> {
    const { corpus, tokenizer, safety, cacheFolder, shuffleSeed, rows } = settings;
    const corpusFingerprint = await corpus.fingerprint();
    const safetyFingerprint = safety.fingerprint;
    const sources = await corpus.sources?.();
    const weights = new Map(sources?.map(({ name, weight }) => [name, weight]));
    const rule = await ruleOf(settings);
    const separator = separatorOf(tokenizer, settings.separator);
    const cacheKey = digestOf({
      formatVersion: 2,
      corpus: corpusFingerprint,
      tokenizer: tokenizer.fingerprint,
      safety: safetyFingerprint,
      rule: [rule.kind, rule.fraction, ...[...rule.heldOut].sort()],
      separator: [...separator],
    });
    const shares = weights.size > 1 ? [...weights] : [];
    const fingerprint = digestOf({ tokens: cacheKey, seed: shuffleSeed ?? null, rows, shares });
    const { options, workers, signal, logger } = settings;
    const made = { corpus, corpusFingerprint, tokenizer, safety, safetyFingerprint, rule, separator };
    const job = { ...made, options, workers, signal, logger };
    return new TextBatchSource(fingerprint, cacheKey, weights, { cacheFolder, shuffleSeed, rows }, job);
  }

  async open(split: Split, shape: BatchShape): Promise<BatchReader> {
    const { weights, cache, opened } = this;
    const { rows: kind, shuffleSeed: seed } = this.settings;
    const { signal } = this.job;
    return openRows({ prepared: await this.tokens(), split, shape, kind, weights, seed, cache, signal, opened });
  }

  async prepare(onProgress?: (progress: PreparationProgress) => void): Promise<PreparedData> {
    return this.tokens(onProgress);
  }

  async verify(): Promise<readonly DataProblem[]> {
    const { folder, manifest } = await this.tokens();
    const { signal } = this.job;
    return [...(await verifyFiles(folder, manifest, signal)), ...(await verifyRows(folder, signal))];
  }

  async dispose(): Promise<void> {
    await Promise.all(this.opened.splice(0).map((file) => file.close()));
  }

  private tokens(onProgress?: (progress: PreparationProgress) => void): Promise<PreparedTokens> {
    this.prepared ??= preparedTokens(this.settings.cacheFolder, this.cacheKey, this.job, onProgress);
    return this.prepared;
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
