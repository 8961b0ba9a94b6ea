import type { CallbackAnswer } from "../contracts/callback.js";
import type { RunHooks } from "../contracts/trainer.js";
import type { CallbackChain } from "./callback-chain.js";
import type { RecordJournal } from "./record-journal.js";
import type { RunFolder } from "./run-folder.js";
import type { SafeObserver } from "./safe-observer.js";
import { tellOfCheckpoint } from "./tell-of-checkpoint.js";

/** What a trainer tells goes to the run's records, to the observer, and to the callbacks, whose answers come back. */
export function createRunHooks(
  folder: RunFolder,
  journal: RecordJournal,
  callbacks: CallbackChain,
  observer: SafeObserver,
): Omit<RunHooks, "notice"> {
  return {
    async stepEnd(report): Promise<CallbackAnswer> {
      Object.freeze(report);
      journal.record({ kind: "metrics", step: report.step, metrics: report.metrics });
      observer.notify("stepEnd", report);
      return callbacks.stepEnd(report);
    },
    async evaluationEnd(report): Promise<CallbackAnswer> {
      Object.freeze(report);
      journal.record({ kind: "metrics", step: report.step, metrics: report.metrics });
      observer.notify("evaluationEnd", report);
      return callbacks.evaluationEnd(report);
    },
    async checkpointSaved(saved): Promise<CallbackAnswer> {
      tellOfCheckpoint(folder, journal, saved);
      observer.notify("checkpointSaved", saved);
      return callbacks.checkpointSaved(saved);
    },
    sample(sample): void {
      journal.record({ kind: "sample", ...sample });
      observer.notify("sample", sample);
    },
  };
}
