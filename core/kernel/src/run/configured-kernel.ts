import type { ResolvedConfig } from "../config/resolved-config.js";
import type { GeneratedToken, StopReason } from "../contracts/generator.js";
import type { Named } from "../contracts/json.js";
import { runErrors } from "../errors/run-errors.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import { evaluate } from "./evaluate.js";
import { generate } from "./generate.js";
import type { KernelState } from "./kernel-state.js";
import type { EvaluateSettings, GenerateSettings, Kernel, TrainSettings } from "./kernel-types.js";
import type { TrainResult } from "./run-observer.js";
import { train } from "./train.js";

/** A kernel over a resolved config. Runs share nothing: each has its own parts. */
export class ConfiguredKernel implements Kernel {
  readonly #state: KernelState;
  readonly #disposal = new AbortController();
  readonly #working = new Set<Promise<unknown>>();

  constructor(state: KernelState) {
    this.#state = { ...state, signal: AbortSignal.any([state.signal, this.#disposal.signal]) };
  }

  get config(): ResolvedConfig {
    return this.#state.config;
  }

  get catalogue(): PluginCatalogue {
    return this.#state.catalogue;
  }

  train(settings: TrainSettings = {}): Promise<TrainResult> {
    return this.#work(() => train(this.#state, settings));
  }

  evaluate(settings: EvaluateSettings): Promise<Named<number>> {
    return this.#work(() => evaluate(this.#state, settings));
  }

  async *generate(settings: GenerateSettings): AsyncGenerator<GeneratedToken, StopReason, void> {
    let done = () => {};
    void this.#work(
      () =>
        new Promise<void>((resolve) => {
          done = resolve;
        }),
    );
    try {
      return yield* generate(this.#state, settings);
    } finally {
      done();
    }
  }

  async dispose(): Promise<void> {
    this.#disposal.abort();
    await Promise.allSettled(this.#working);
  }

  async #work<Value>(start: () => Promise<Value>): Promise<Value> {
    if (this.#disposal.signal.aborted) {
      throw runErrors.CODEX_KERNEL_DISPOSED({ what: "The kernel was disposed." });
    }
    const work = start();
    this.#working.add(work);
    try {
      return await work;
    } finally {
      this.#working.delete(work);
    }
  }
}
