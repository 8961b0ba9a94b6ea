import type { Tensor } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, CompiledProgram, ComputeBackend, Named, Program, TypedArray } from "codex-core";
import { disposeAll } from "../step/dispose-all.js";
import { stateNames } from "../step/state-names.js";
import { decodeProgram, prefillProgram } from "./decode-program.js";

/** Fewest tokens that prompts are padded to. */
const LEAST_PREFILL = 16;

/** Padded lengths double, so that few programs serve prompts of any length. */
function paddedLength(longest: number, contextLength: number): number {
  let length = LEAST_PREFILL;
  while (length < longest) length *= 2;
  return Math.min(length, contextLength);
}

/** Decodes a batch of sequences with the resident parameters and a resident key/value cache. */
export class CachedDecoder {
  private readonly programs = new Map<number | "decode", Promise<CompiledProgram>>();
  private readonly positions: Int32Array;

  /** @param batch Sequences at a time. */
  constructor(
    private readonly backend: ComputeBackend<Tensor>,
    private readonly model: CausalLanguageModel<Tensor>,
    readonly batch: number = 1,
  ) {
    this.positions = new Int32Array(batch);
  }

  /** Tokens that the cache holds of a sequence. */
  get capacity(): number {
    return this.model.contextLength;
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
    for (const [sequence, ids] of sequences.entries()) {
      tokenIds.set(ids, sequence * tokens);
      count[sequence] = Math.max(1, ids.length);
      this.positions[sequence] = ids.length;
    }
    const program = this.compiled(tokens, () => prefillProgram(this.model, { batch, tokens, capacity }));
    return this.run(await program, { tokenIds, count });
  }

  /**
   * Takes a token of each sequence in; where there is none, the sequence idles.
   *
   * @returns The logits [vocabSize] after each; of a sequence that idles they mean nothing.
   */
  async next(tokens: readonly (number | undefined)[]): Promise<Float32Array[]> {
    const { batch, capacity } = this;
    const tokenIds = Int32Array.from({ length: batch }, (_, sequence) => tokens[sequence] ?? 0);
    const position = this.positions.map((place) => Math.min(place, capacity - 1));
    const program = this.compiled("decode", () => decodeProgram(this.model, { batch, capacity }));
    const logits = await this.run(await program, { tokenIds, position });
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

  private async run(program: CompiledProgram, inputs: Named<TypedArray>): Promise<Float32Array[]> {
    const all = (await program.run(inputs)).logits as Float32Array;
    const size = this.model.vocabSize;
    return Array.from({ length: this.batch }, (_, sequence) => all.subarray(sequence * size, (sequence + 1) * size));
  }

  /** The program of a padded prompt's length, or the one that decodes; compiled when it is first needed. */
  private compiled(key: number | "decode", create: () => Program<Tensor>): Promise<CompiledProgram> {
    let compiled = this.programs.get(key);
    if (!compiled) {
      compiled = this.backend.compile(create());
      compiled.catch(() => this.programs.delete(key));
      this.programs.set(key, compiled);
    }
    return compiled;
  }
}
