import type { ResolvedConfig } from "../config/resolved-config.js";
import { CheckpointPoint, type CheckpointStore } from "../contracts/checkpoint-store.js";
import type { GeneratedText, GeneratedToken, StopReason } from "../contracts/generator.js";
import type { Named } from "../contracts/json.js";
import { ErrorCapture } from "../error-capture/error-capture.js";
import { errorsFolder } from "../error-capture/errors-folder.js";
import { configSecrets, namedSecrets } from "../error-capture/private-text.js";
import { isCodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import type { PluginCatalogue } from "../plugins/catalogue.js";
import type { KernelState } from "./kernel-state.js";
import type {
  EvaluateSettings,
  EvaluationAnswer,
  GenerateAllSettings,
  GenerateSettings,
  Kernel,
  PartPoints,
  Parts,
  PlanAnswer,
  PlanSettings,
  RefusedText,
  SyncSettings,
  TrainSettings,
} from "./kernel-types.js";
import type { TrainResult } from "./run-observer.js";

/** A kernel over a resolved config. Runs share nothing: each has its own parts. What a command does not use is not loaded. */
export class ConfiguredKernel implements Kernel {
  readonly #state: Omit<KernelState, "capture">;
  readonly #disposal = new AbortController();
  readonly #working = new Set<Promise<unknown>>();
  /** Generators that may be waiting for their reader. */
  readonly #generating = new Set<{ leave(): Promise<unknown> }>();

  /** @param capture takes what fails in all that is done; without it, each work has its own */
  constructor(
    state: Omit<KernelState, "capture">,
    readonly capture?: ErrorCapture,
  ) {
    this.#state = { ...state, signal: AbortSignal.any([state.signal, this.#disposal.signal]) };
  }

  get config(): ResolvedConfig {
    return this.#state.config;
  }

  get catalogue(): PluginCatalogue {
    return this.#state.catalogue;
  }

  plan(settings: PlanSettings = {}): Promise<PlanAnswer> {
    return this.#work("plan", async (state) => (await import("./plan.js")).plan(state, settings));
  }

  train(settings: TrainSettings = {}): Promise<TrainResult> {
    return this.#work("train", async (state) => (await import("./train.js")).train(state, settings));
  }

  sync(settings: SyncSettings): Promise<Named<boolean>> {
    return this.#work("runs sync", async (state) => (await import("./sync-trackers.js")).syncTrackers(state, settings));
  }

  evaluate(settings: EvaluateSettings): Promise<EvaluationAnswer> {
    return this.#work("evaluate", async (state) => (await import("./evaluate.js")).evaluate(state, settings));
  }

  async *generate(settings: GenerateSettings): AsyncGenerator<GeneratedToken, StopReason, void> {
    const { generate } = await this.#writing();
    return yield* this.#generate((state) => generate(state, settings), "signal");
  }

  async *generateAll(settings: GenerateAllSettings): AsyncGenerator<GeneratedText | RefusedText, void, void> {
    const { generateAll } = await this.#writing();
    yield* this.#generate((state) => generateAll(state, settings), undefined);
  }

  withCheckpoints<Value>(use: (store: CheckpointStore) => Promise<Value>): Promise<Value> {
    return this.withParts({ store: CheckpointPoint }, ({ store }) => use(store));
  }

  withParts<Points extends PartPoints, Value>(
    points: Points,
    use: (parts: Parts<Points>) => Promise<Value>,
  ): Promise<Value> {
    return this.#work("parts", async (state) => (await import("./with-parts.js")).withParts(state, points, use));
  }

  async dispose(): Promise<void> {
    this.#disposal.abort();
    const left = [...this.#generating].map((generating) => generating.leave());
    await Promise.allSettled([...this.#working, ...left]);
  }

  #writing() {
    this.#throwIfDisposed();
    return import("./generate.js");
  }

  /** Passes on what a generator yields; one that waits for its reader when the kernel goes is left with `onLeave`. */
  async *#generate<Item, Result>(
    start: (state: KernelState) => AsyncGenerator<Item, Result, void>,
    onLeave: Result,
  ): AsyncGenerator<Item, Result, void> {
    const state = this.#stateFor("generate");
    const generating = start(state);
    const entry = { leave: () => generating.return(onLeave) };
    this.#generating.add(entry);
    try {
      return yield* generating;
    } catch (error) {
      await keep(error, state.capture);
      throw error;
    } finally {
      this.#generating.delete(entry);
    }
  }

  #throwIfDisposed(): void {
    if (!this.#disposal.signal.aborted) return;
    throw runErrors.CODEX_KERNEL_DISPOSED({ what: "The kernel was disposed." });
  }

  async #work<Value>(command: string, start: (state: KernelState) => Promise<Value>): Promise<Value> {
    this.#throwIfDisposed();
    const state = this.#stateFor(command);
    const work = start(state);
    this.#working.add(work);
    try {
      return await work;
    } catch (error) {
      await keep(error, state.capture);
      throw error;
    } finally {
      this.#working.delete(work);
    }
  }

  #stateFor(command: string): KernelState {
    const { config, projectFolder } = this.#state;
    const capture =
      this.capture ??
      new ErrorCapture({ command, folder: errorsFolder(projectFolder), secrets: namedSecrets(process.env) });
    capture.hideSecrets(configSecrets(config.value, config.secrets));
    return { ...this.#state, capture };
  }
}

/** An interruption is no failure; what has no code is for the caller to name. */
async function keep(error: unknown, capture: ErrorCapture): Promise<void> {
  if (isCodexError(error) && error.exitCode !== 130) await capture.capture(error);
}
