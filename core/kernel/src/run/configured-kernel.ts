import type { ResolvedConfig } from "../config/resolved-config.js";
import { CheckpointPoint, type CheckpointStore } from "../contracts/checkpoint-store.js";
import type { GeneratedToken, StopReason } from "../contracts/generator.js";
import type { Named } from "../contracts/json.js";
import { runErrors } from "../errors/run-errors.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import type { KernelState } from "./kernel-state.js";
import type {
  EvaluateSettings,
  GenerateSettings,
  Kernel,
  PartPoints,
  Parts,
  PlanAnswer,
  TrainSettings,
} from "./kernel-types.js";
import type { TrainResult } from "./run-observer.js";

/** A kernel over a resolved config. Runs share nothing: each has its own parts. What a command does not use is not loaded. */
export class ConfiguredKernel implements Kernel {
  readonly #state: KernelState;
  readonly #disposal = new AbortController();
  readonly #working = new Set<Promise<unknown>>();
  /** Generators that may be waiting for their reader. */
  readonly #generating = new Set<AsyncGenerator<GeneratedToken, StopReason, void>>();

  constructor(state: KernelState) {
    this.#state = { ...state, signal: AbortSignal.any([state.signal, this.#disposal.signal]) };
  }

  get config(): ResolvedConfig {
    return this.#state.config;
  }

  get catalogue(): PluginCatalogue {
    return this.#state.catalogue;
  }

  plan(): Promise<PlanAnswer> {
    return this.#work(async () => (await import("./plan.js")).plan(this.#state));
  }

  train(settings: TrainSettings = {}): Promise<TrainResult> {
    return this.#work(async () => (await import("./train.js")).train(this.#state, settings));
  }

  evaluate(settings: EvaluateSettings): Promise<Named<number>> {
    return this.#work(async () => (await import("./evaluate.js")).evaluate(this.#state, settings));
  }

  async *generate(settings: GenerateSettings): AsyncGenerator<GeneratedToken, StopReason, void> {
    this.#throwIfDisposed();
    const { generate } = await import("./generate.js");
    const generating = generate(this.#state, settings);
    this.#generating.add(generating);
    try {
      return yield* generating;
    } finally {
      this.#generating.delete(generating);
    }
  }

  withCheckpoints<Value>(use: (store: CheckpointStore) => Promise<Value>): Promise<Value> {
    return this.withParts({ store: CheckpointPoint }, ({ store }) => use(store));
  }

  withParts<Points extends PartPoints, Value>(
    points: Points,
    use: (parts: Parts<Points>) => Promise<Value>,
  ): Promise<Value> {
    return this.#work(async () => (await import("./with-parts.js")).withParts(this.#state, points, use));
  }

  async dispose(): Promise<void> {
    this.#disposal.abort();
    const left = [...this.#generating].map((generating) => generating.return("signal"));
    await Promise.allSettled([...this.#working, ...left]);
  }

  #throwIfDisposed(): void {
    if (!this.#disposal.signal.aborted) return;
    throw runErrors.CODEX_KERNEL_DISPOSED({ what: "The kernel was disposed." });
  }

  async #work<Value>(start: () => Promise<Value>): Promise<Value> {
    this.#throwIfDisposed();
    const work = start();
    this.#working.add(work);
    try {
      return await work;
    } finally {
      this.#working.delete(work);
    }
  }
}
