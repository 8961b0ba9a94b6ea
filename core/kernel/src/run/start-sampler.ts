import type { RunLog } from "../logging/run-log.js";
import { SystemSampler } from "../system/system-sampler.js";
import type { RecordJournal } from "./record-journal.js";

export interface SamplerStart {
  readonly journal: RecordJournal;
  /** Tells the step that is completed. */
  readonly log: RunLog;
  readonly everySeconds: number;
  /** The run has its own samples up to this step. */
  readonly toldUpTo: number;
}

/** Measures the machine into a run's records, once a step at the most: readers have one value of each metric and step. */
export function startSampler({ journal, log, everySeconds, toldUpTo }: SamplerStart): SystemSampler {
  let told = toldUpTo;
  const sampler = new SystemSampler({
    everySeconds,
    folder: journal.folder.path,
    take: (metrics) => {
      const { step = 0 } = log;
      if (step <= told) return;
      told = step;
      journal.record({ kind: "metrics", step, metrics });
    },
    onProblem: (reason) => log.warn("the machine could not be measured", { reason }),
  });
  sampler.start();
  return sampler;
}
