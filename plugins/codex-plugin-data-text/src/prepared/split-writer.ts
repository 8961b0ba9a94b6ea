import { join } from "node:path";
import { checksumsOf, type WrittenFile } from "./checked-writer.js";
import { type DocumentLengths, LengthCounter } from "./document-lengths.js";
import { NumberWriter } from "./number-file.js";
import type { TokenArray } from "./token-array.js";
import { TokenShardWriter } from "./token-shards.js";

/** What a split of a source holds. */
export interface SplitContents {
  readonly documents: number;
  readonly tokens: number;
  /** UTF-16 units of its texts. */
  readonly characters: number;
  readonly lengths: DocumentLengths;
}

/** The name under which a split of a source is stored. */
export function splitName(source: string, split: "train" | "validation"): string {
  return `${source}-${split}`;
}

/** The file of the places where documents start, in tokens. */
export function startsName(name: string): string {
  return `${name}.starts`;
}

/** Writes one split of one source: token shards, and where each document starts. */
export class SplitWriter {
  private readonly lengths = new LengthCounter();
  private documents = 0;
  private characters = 0;
  private documentTokens = 0;

  private constructor(
    private readonly name: string,
    private readonly shards: TokenShardWriter,
    private readonly starts: NumberWriter,
    private readonly separator: TokenArray,
  ) {}

  static async create(folder: string, name: string, separator: TokenArray, shardBytes?: number): Promise<SplitWriter> {
    const starts = await NumberWriter.create(join(folder, startsName(name)));
    return new SplitWriter(name, new TokenShardWriter(folder, name, shardBytes), starts, separator);
  }

  /** Adds a document behind a separator, or goes on with the last one. */
  async append(tokens: TokenArray, characters: number, continues: boolean): Promise<void> {
    if (!continues || this.documents === 0) await this.startDocument();
    this.characters += characters;
    this.documentTokens += tokens.length;
    await this.shards.append(tokens);
  }

  async finish(): Promise<{ readonly contents: SplitContents; readonly files: Record<string, WrittenFile> }> {
    if (this.documents > 0) this.lengths.add(this.documentTokens);
    await this.shards.finish();
    const { file, checksums } = await this.starts.finish();
    const { documents, characters } = this;
    const name = startsName(this.name);
    return {
      contents: { documents, tokens: this.shards.tokenCount, characters, lengths: this.lengths.lengths },
      files: { ...this.shards.files, [name]: file, [checksumsOf(name)]: checksums },
    };
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.shards.close(), this.starts.close()]);
  }

  private async startDocument(): Promise<void> {
    if (this.documents > 0) {
      this.lengths.add(this.documentTokens);
      await this.shards.append(this.separator);
    }
    await this.starts.append([this.shards.tokenCount]);
    this.documents++;
    this.documentTokens = 0;
  }
}
