import type { Callback, CallbackAnswer, CallbackRun, EvaluationReport, StepReport } from "../contracts/callback.js";
import type { SavedCheckpoint } from "../contracts/checkpoint-store.js";
import type { Named } from "../contracts/json.js";
import type { LookingHooks } from "../contracts/trainer.js";
import { type CodexError, isCodexError } from "../errors/codex-error.js";
import { partErrors } from "../errors/part-errors.js";

export interface CallbackChainSettings {
  /** Whether a callback may fail without failing the run. */
  isTolerant(name: string): boolean;
  /** Told of a tolerant callback that failed; it is not called again. */
  onSkipped(name: string, error: CodexError): void;
}

const lookingHooks = [
  "stepStart",
  "microStepStart",
  "microStepEnd",
  "evaluationStart",
  "checkpointStart",
] as const satisfies readonly (keyof LookingHooks)[];

/** All callbacks of a run, called in the order of the config, each awaited; their answers merged. */
export class CallbackChain {
  readonly #callbacks: Map<string, Callback>;

  constructor(
    callbacks: Named<Callback>,
    readonly settings: CallbackChainSettings,
  ) {
    this.#callbacks = new Map(Object.entries(callbacks));
  }

  /** Those hooks that look on which some callback has. */
  get looking(): LookingHooks {
    const callbacks = [...this.#callbacks.values()];
    const asked = lookingHooks.filter((name) => callbacks.some((callback) => callback[name] !== undefined));
    const tell = (name: keyof LookingHooks) => async (fact: never) => {
      Object.freeze(fact);
      await this.#call(name, (callback) => callback[name]?.(fact));
    };
    return Object.fromEntries(asked.map((name) => [name, tell(name)]));
  }

  async runStart(run: CallbackRun): Promise<void> {
    await this.#call("runStart", (callback) => callback.runStart?.(run));
  }

  stepEnd(report: StepReport): Promise<CallbackAnswer> {
    return this.#call("stepEnd", (callback) => callback.stepEnd?.(report));
  }

  evaluationEnd(report: EvaluationReport): Promise<CallbackAnswer> {
    return this.#call("evaluationEnd", (callback) => callback.evaluationEnd?.(report));
  }

  checkpointSaved(saved: SavedCheckpoint): Promise<CallbackAnswer> {
    return this.#call("checkpointSaved", (callback) => callback.checkpointSaved?.(saved));
  }

  /** The first reason to stop counts; one wish to save is enough. */
  async #call(hook: string, call: (callback: Callback) => ReturnType<NonNullable<Callback["stepEnd"]>>) {
    let stop: string | undefined;
    let save = false;
    for (const [name, callback] of this.#callbacks) {
      try {
        const answer = await call(callback);
        stop ??= answer?.stop;
        save ||= answer?.save === true;
      } catch (error) {
        this.#failed(name, hook, error);
      }
    }
    return { ...(stop === undefined ? {} : { stop }), ...(save ? { save } : {}) } satisfies CallbackAnswer;
  }

  #failed(name: string, hook: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const coded = isCodexError(error)
      ? error
      : partErrors.CODEX_PART_FAILED({
          what: `Callback ${name} failed in ${hook}: ${reason}`,
          where: `config → callback.${name}`,
          cause: error,
        });
    if (!this.settings.isTolerant(name)) throw coded;
    this.#callbacks.delete(name);
    this.settings.onSkipped(name, coded);
  }
}
