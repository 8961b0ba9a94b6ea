import type { Tensor } from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, CompiledProgram, ComputeBackend } from "codex-core";
import { disposeAll } from "../step/dispose-all.js";
import { stateNames } from "../step/state-names.js";
import { decodeProgram } from "./decode-program.js";

/**
 * Tokens that one run takes in. A prompt goes in by the largest that fit, so that three programs serve prompts of
 * any length and nothing is padded.
 */
const chunkSizes = [64, 8, 1];

/** Decodes one sequence at a time with the resident parameters and a resident key/value cache. */
export class CachedDecoder {
  private readonly programs = new Map<number, CompiledProgram>();
  private position = 0;

  constructor(
    private readonly backend: ComputeBackend<Tensor>,
    private readonly model: CausalLanguageModel<Tensor>,
  ) {}

  /** Tokens that the cache can still take. */
  get room(): number {
    return this.model.contextLength - this.position;
  }

  /** Forgets the sequence. What is in the cache is overwritten before it is read. */
  restart(): void {
    this.position = 0;
  }

  /** Takes tokens in, no more than there is room for. Returns the logits [vocabSize] after the last one. */
  async take(tokenIds: readonly number[]): Promise<Float32Array> {
    let logits = new Float32Array();
    for (let done = 0; done < tokenIds.length; ) {
      const size = chunkSizes.find((candidate) => candidate <= tokenIds.length - done) ?? 1;
      const program = await this.programOf(size);
      const outputs = await program.run({
        tokenIds: Int32Array.from(tokenIds.slice(done, done + size)),
        position: Int32Array.of(this.position),
      });
      logits = outputs.logits as Float32Array<ArrayBuffer>;
      this.position += size;
      done += size;
    }
    return logits;
  }

  /** Frees the cache and the programs. */
  async dispose(): Promise<void> {
    if (this.programs.size === 0) return;
    const programs = [...this.programs.values()];
    this.programs.clear();
    const names = Object.keys(this.model.cacheSpecs(1, this.model.contextLength));
    const cache = { dispose: () => this.backend.releaseState(names.map(stateNames.cache)) };
    await disposeAll([...programs, cache]);
  }

  private async programOf(size: number): Promise<CompiledProgram> {
    const known = this.programs.get(size);
    if (known) return known;
    const program = await this.backend.compile(decodeProgram(this.model, size, this.model.contextLength));
    this.programs.set(size, program);
    return program;
  }
}
