import { createHash } from "node:crypto";
import { Tiktoken } from "tiktoken/lite";
import type { EncodingName } from "./options.js";
import { PreTokenEncoder } from "./pre-token-encoder.js";
import { TokenTable } from "./token-table.js";

/** What the tiktoken package ships for an encoding. */
interface EncodingData {
  readonly pat_str: string;
  readonly special_tokens: { readonly [text: string]: number };
  readonly bpe_ranks: string;
}

/** An encoding's data, read once for a process; its tables and its WASM encoder are made when first used. */
export class Encoding {
  readonly vocabSize: number;
  readonly fingerprint: string;
  readonly specialIds: ReadonlyMap<string, number>;
  private lazyTable?: TokenTable;
  private lazyEncoder?: Tiktoken;
  private lazyOwnEncoder?: PreTokenEncoder;

  constructor(
    readonly name: EncodingName,
    private readonly data: EncodingData,
  ) {
    const specials = Object.entries(data.special_tokens);
    this.specialIds = new Map(specials);
    this.vocabSize = Math.max(...specials.map(([, id]) => id)) + 1;
    this.fingerprint = createHash("sha256")
      .update(JSON.stringify(["codex-tokenizer-tiktoken 1", name, data.pat_str, specials]))
      .update(data.bpe_ranks)
      .digest("hex");
  }

  /** Bytes of every token, and tokens of bytes. */
  get table(): TokenTable {
    this.lazyTable ??= new TokenTable(this.data.bpe_ranks, this.specialIds, this.vocabSize);
    return this.lazyTable;
  }

  /** Ours: fast, and exact where Unicode's versions agree. */
  get ownEncoder(): PreTokenEncoder {
    this.lazyOwnEncoder ??= new PreTokenEncoder(this.name, this.table.ranks);
    return this.lazyOwnEncoder;
  }

  /** The package's: exact; quadratic in the length of a pre-token. */
  get encoder(): Tiktoken {
    const { bpe_ranks, special_tokens, pat_str } = this.data;
    this.lazyEncoder ??= new Tiktoken(bpe_ranks, special_tokens, pat_str);
    return this.lazyEncoder;
  }
}

const loaded = new Map<EncodingName, Promise<Encoding>>();

/** An encoding of the tiktoken package; the same one for all tokenizers of a process. */
export function loadEncoding(name: EncodingName): Promise<Encoding> {
  const known = loaded.get(name);
  if (known) return known;
  const loading = importData(name).then((data) => new Encoding(name, data));
  loaded.set(name, loading);
  return loading;
}

async function importData(name: EncodingName): Promise<EncodingData> {
  const module: { default: EncodingData } = await import(`tiktoken/encoders/${name}`);
  return module.default;
}
