import type { JsonObject, Named } from "../contracts/json.js";
import { type RunDescription, type RunOutcome, type Tracker, TrackerPoint } from "../contracts/tracker.js";
import type { Composition } from "./composition.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import { projectName } from "./project-name.js";
import { RecordCache } from "./record-cache.js";
import { type RunSegment, segmentId } from "./run-segments.js";
import { runTags } from "./run-tags.js";
import type { SupersededRecords } from "./superseded-records.js";
import { TrackerDelivery } from "./tracker-delivery.js";

/** What trackers are told of a run whatever its segment. */
export type DescribedRun = Omit<RunDescription, "environment" | "tags" | "segment" | "isOver">;

export interface RunTrackersSettings {
  readonly composition: Composition;
  readonly run: DescribedRun;
  readonly environment: JsonObject;
  readonly segments: readonly RunSegment[];
  readonly superseded: SupersededRecords;
  /** Number of the newest record that is in the run's files. */
  lastSequence(): number;
}

/** The trackers of a run, each with a delivery of its own. */
export class RunTrackers {
  readonly #deliveries: ReadonlyMap<string, TrackerDelivery>;

  constructor(trackers: Named<Tracker>, settings: RunTrackersSettings) {
    const { composition, run, segments, superseded, lastSequence } = settings;
    const { kernel, log } = composition.settings;
    const cache = new RecordCache();
    const deliveries = Object.entries(trackers).map(([name, tracker]): [string, TrackerDelivery] => {
      const label = `${TrackerPoint.key}.${name}`;
      const delivery = new TrackerDelivery({
        name,
        tracker,
        folder: run.folder,
        segments,
        superseded,
        cache,
        describe: (segment, isOver) => describeSegment(settings, readRunSection(kernel).tags, segment, isOver),
        lastSequence,
        limitMs: kernel.limits.trackerMs,
        onFailed: (error) => composition.skip(label, error),
        onRecovered: () => {
          log.info("a tracker works again", { part: label });
          log.event("trackerRecovered", { part: label });
        },
      });
      return [name, delivery];
    });
    this.#deliveries = new Map(deliveries);
  }

  start(): void {
    for (const delivery of this.#deliveries.values()) delivery.start();
  }

  /** Begins nothing more; what is delivered by then stays so. */
  stop(): void {
    for (const delivery of this.#deliveries.values()) delivery.stop();
  }

  async close(outcome: RunOutcome): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.close(outcome)));
  }

  /** Delivers what a run that is over has left. By name, whether a tracker has all records now. */
  async deliverRest(outcome: RunOutcome): Promise<Named<boolean>> {
    const names = [...this.#deliveries.keys()];
    const ends = await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.deliverRest(outcome)));
    return Object.fromEntries(names.map((name, index) => [name, ends[index]!]));
  }
}

/** What the kernel's config tells of a run. */
export function describedRun(kernel: KernelState): Pick<DescribedRun, "name" | "project" | "parent" | "config"> {
  const { name, parent } = readRunSection(kernel);
  return {
    name,
    project: projectName(kernel.projectFolder),
    ...(parent === undefined ? {} : { parent }),
    config: kernel.config.redacted(),
  };
}

function describeSegment(
  { run, environment }: RunTrackersSettings,
  ownTags: Named<string>,
  segment: number,
  isOver: boolean,
): RunDescription {
  const runId = segmentId(run.runId, segment);
  return Object.freeze({ ...run, runId, segment, isOver, environment, tags: runTags(runId, environment, ownTags) });
}
