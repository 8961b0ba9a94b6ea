import type { Json } from "../contracts/json.js";
import { isJsonObject } from "../plugins/read-json-file.js";

/** A part of a run that readers see as a run: the first, and one for each time that the run went on inexactly. */
export interface RunSegment {
  /** Number of its first record. */
  readonly fromSequence: number;
  /** Completed steps at its beginning. */
  readonly fromStep: number;
}

const firstSegment: RunSegment = { fromSequence: 1, fromStep: 0 };

/** The segments that run.json tells of. */
export function readSegments(value: Json | undefined): readonly RunSegment[] {
  const segments = Array.isArray(value) ? value.filter(isSegment) : [];
  return segments.length > 0 ? segments : [firstSegment];
}

/** A segment's id for readers, or the name of what is a segment's own. */
export function segmentId(name: string, segment: number): string {
  return segment === 1 ? name : `${name}-${segment}`;
}

function isSegment(value: unknown): value is RunSegment {
  return isJsonObject(value) && Number.isSafeInteger(value.fromSequence) && Number.isSafeInteger(value.fromStep);
}
