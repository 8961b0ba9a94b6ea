import { join, resolve } from "node:path";
import type { RunDescription } from "../contracts/tracker.js";
import { segmentId } from "./run-segments.js";

/** Where a tracker that writes files may put them. */
export interface TrackerFolderSettings {
  /** The tracker's name in the config. */
  readonly name: string;
  /** The project's folder. */
  readonly project: string;
  /** What the config names; relative to the project. */
  readonly folder?: string | undefined;
}

/**
 * The folder of a run's files of one tracker, a segment's own: in the folder that the config names, one with the run's
 * id; without it, one with the tracker's name in the run's own folder.
 */
export function trackerFolder(run: RunDescription, { name, project, folder }: TrackerFolderSettings): string {
  if (folder) return join(resolve(project, folder), run.runId);
  return join(run.folder, segmentId(name, run.segment));
}
