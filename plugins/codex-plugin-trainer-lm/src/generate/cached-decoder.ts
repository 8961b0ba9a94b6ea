import type { Tensor } from "@tensorflow/tfjs-core";
import {
  type CausalLanguageModel,
  type CompiledProgram,
  type ComputeBackend,
  isCodexError,
  type Named,
  type Program,
  type TypedArray,
} from "codex-core";
import { disposeAll } from "../step/dispose-all.js";
import { stateNames } from "../step/state-names.js";
import { decodeProgram, draftProgram, prefillProgram, verifyProgram } from "./decode-program.js";
import { DraftAhead, type DraftCounts, type DraftPasses } from "./draft-ahead.js";
import type { DraftPace } from "./draft-pace.js";
import type { Guesser } from "./text-in-progress.js";

/** Fewest tokens that prompts are padded to. */
const LEAST_PREFILL = 16;

/** Padded lengths double, so that few programs serve prompts of any length. */
function paddedLength(longest: number, contextLength: number): number {
  let length = LEAST_PREFILL;
  while (length < longest) length *= 2;
  return Math.min(length, contextLength);
}

/** How a decoder guesses ahead. */
export interface DraftOptions {
  /** Tokens that are guessed at a time, at the most; 0: none. Only of one sequence, where backend and model allow it. */
  readonly tokens: number;
  /** Default: by what passes take, and by how many guesses are right. */
  readonly pace?: DraftPace;
}

type ProgramKey = number | "decode" | "draft" | "verify";

/** Decodes a batch of sequences with the resident parameters and a resident key/value cache. */
export class CachedDecoder {
  private readonly programs = new Map<ProgramKey, Promise<CompiledProgram>>();
  private readonly positions: Int32Array;
  private readonly ahead: DraftAhead | undefined;

  /** @param batch Sequences at a time. */
  constructor(
    private readonly backend: ComputeBackend<Tensor>,
    private readonly model: CausalLanguageModel<Tensor>,
    readonly batch: number = 1,
    drafts: DraftOptions = { tokens: 0 },
  ) {
    this.positions = new Int32Array(batch);
    const rows = batch === 1 && model.cachesByPlace ? (backend.drafts?.rows ?? 0) : 0;
    const tokens = Math.min(drafts.tokens, rows - 1, model.contextLength - 1);
    if (tokens > 0) this.ahead = new DraftAhead(this.draftPasses(tokens + 1), tokens, drafts.pace);
  }

  /** Tokens that the cache holds of a sequence. */
  get capacity(): number {
    return this.model.contextLength;
  }

  /** What came of guesses; undefined where none are made. */
  get drafts(): DraftCounts | undefined {
    return this.ahead?.counts;
  }

  /** Tokens that the cache can still take of a sequence. */
  roomOf(sequence: number): number {
    return this.capacity - (this.positions[sequence] ?? 0);
  }

  /**
   * Begins sequences anew, in one pass; none has more tokens than the capacity. One without tokens, or left out, idles.
   * What is in the cache from before is overwritten before it is read.
   *
   * @returns The logits [vocabSize] after each sequence's last token.
   */
  async begin(sequences: readonly (readonly number[])[]): Promise<Float32Array[]> {
    const { batch, capacity } = this;
    const tokens = paddedLength(Math.max(...sequences.map(({ length }) => length)), capacity);
    const tokenIds = new Int32Array(batch * tokens);
    const count = new Int32Array(batch).fill(1);
    this.positions.fill(0);
    this.ahead?.forget();
    for (const [sequence, ids] of sequences.entries()) {
      tokenIds.set(ids, sequence * tokens);
      count[sequence] = Math.max(1, ids.length);
      this.positions[sequence] = ids.length;
    }
    const program = this.compiled(tokens, () => prefillProgram(this.model, { batch, tokens, capacity }));
    return this.run(await program, { tokenIds, count });
  }

  /**
   * Takes a token of each sequence in; where there is none, the sequence idles. A guesser lets the decoder compute ahead,
   * where it can; the logits are the same.
   *
   * @returns The logits [vocabSize] after each; of a sequence that idles they mean nothing.
   */
  async next(tokens: readonly (number | undefined)[], guesser?: Guesser): Promise<Float32Array[]> {
    const [token] = tokens;
    const { ahead } = this;
    let logits: Float32Array[];
    if (ahead && guesser && token !== undefined) {
      logits = [await ahead.next(token, this.positions[0]!, this.roomOf(0), guesser)];
    } else {
      ahead?.forget();
      logits = await this.decode(tokens);
    }
    for (const [sequence, token] of tokens.entries()) {
      if (token !== undefined) this.positions[sequence]! += 1;
    }
    return logits;
  }

  /** Frees the cache and the programs. */
  async dispose(): Promise<void> {
    if (this.programs.size === 0) return;
    const settled = await Promise.allSettled(this.programs.values());
    const programs = settled.map((result) => (result.status === "fulfilled" ? result.value : undefined));
    this.programs.clear();
    const names = Object.keys(this.model.cacheSpecs(this.batch, this.capacity));
    const cache = { dispose: () => this.backend.releaseState(names.map(stateNames.cache)) };
    await disposeAll([...programs, cache]);
  }

  private async decode(tokens: readonly (number | undefined)[]): Promise<Float32Array[]> {
    const { batch, capacity } = this;
    const tokenIds = Int32Array.from({ length: batch }, (_, sequence) => tokens[sequence] ?? 0);
    const position = this.positions.map((place) => Math.min(place, capacity - 1));
    const program = this.compiled("decode", () => decodeProgram(this.model, { batch, capacity }));
    return this.run(await program, { tokenIds, position });
  }

  private draftPasses(verified: number): DraftPasses {
    const { model, capacity } = this;
    const shape = { batch: 1, capacity };
    const draft = () => this.compiled("draft", () => draftProgram(model, shape));
    const verify = () => this.compiled("verify", () => verifyProgram(model, { ...shape, tokens: verified }));
    const inputs = (tokens: readonly number[], length: number, place: number) => {
      const tokenIds = new Int32Array(length);
      tokenIds.set(tokens);
      return { tokenIds, position: Int32Array.of(place) };
    };
    return {
      verified,
      prepare: async () => {
        try {
          await draft();
          await verify();
          return true;
        } catch (error) {
          if (!isCodexError(error) || error.code !== "CODEX_COMPUTE_MEMORY") throw error;
          const loaded = await this.programs.get("draft");
          this.programs.delete("draft");
          await loaded?.dispose();
          return false;
        }
      },
      draft: async (token, place) => (await this.run(await draft(), inputs([token], 1, place)))[0]!,
      verify: async (tokens, place) => this.run(await verify(), inputs(tokens, verified, place)),
      single: async (token) => (await this.decode([token]))[0]!,
    };
  }

  private async run(program: CompiledProgram, inputs: Named<TypedArray>): Promise<Float32Array[]> {
    const all = (await program.run(inputs)).logits as Float32Array;
    const size = this.model.vocabSize;
    return Array.from({ length: all.length / size }, (_, row) => all.subarray(row * size, (row + 1) * size));
  }

  /** The program of a padded prompt's length, or another; compiled when it is first needed. */
  private compiled(key: ProgramKey, create: () => Program<Tensor>): Promise<CompiledProgram> {
    let compiled = this.programs.get(key);
    if (!compiled) {
      compiled = this.backend.compile(create());
      compiled.catch(() => this.programs.delete(key));
      this.programs.set(key, compiled);
    }
    return compiled;
  }
}
