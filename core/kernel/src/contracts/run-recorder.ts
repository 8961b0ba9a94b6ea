import type { TrackerRecord } from "./tracker.js";

type Unnumbered<Record> = Record extends TrackerRecord ? Omit<Record, "sequence" | "timeMs"> : never;

/** A record as a part makes it; the run numbers and dates it. */
export type NewRecord = Unnumbered<TrackerRecord>;

/** Takes what a part has to tell of a run: it goes into the run's folder, and to every tracker. */
export interface RunRecorder {
  /**
   * @example
   * recorder.record({ kind: "histogram", step, key: "weights/wte", edges: [-1, 0, 1], counts: [310, 290] });
   *
   * @throws CODEX_RUN_RECORD_INVALID for what is no record
   * @throws CODEX_RUN_FOLDER_FAILED when the run's folder cannot be written
   */
  record(record: NewRecord): void;
}
