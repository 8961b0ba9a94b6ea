import type { JsonObject } from "../contracts/json.js";
import { flatten } from "../report/flatten.js";
import { type ValueDifference, valueDifferences } from "../report/value-differences.js";
import { readCheckpointConfig } from "../run/find-checkpoint.js";

/** A checkpoint that a run went on from. */
export interface Resume {
  readonly step: number;
  readonly checkpoint: string;
  /**
   * Options that were others before, `first` then and `second` in the config that the run keeps; undefined where the
   * checkpoint is gone, so that nobody knows.
   */
  readonly changed?: readonly ValueDifference[];
}

/** What a replay leaves out, and what changes no number that it compares. */
const leftOut: ReadonlySet<string> = new Set(["tracker", "callback", "checkpoint", "run"]);

/**
 * Where a run went on from checkpoints, by step: a replay takes the config that the run keeps, which is that of its last
 * part, for all steps.
 *
 * @param events the rows of the run's events.ndjson
 */
export async function readResumes(folder: string, events: readonly JsonObject[]): Promise<readonly Resume[]> {
  const starts = events.filter(({ event }) => event === "runStart");
  const steps = starts.map(({ resumedAtStep }) => (typeof resumedAtStep === "number" ? resumedAtStep : 0));
  const config = optionsOf(await readCheckpointConfig(folder));
  const resumes: Resume[] = [];
  for (const [index, { resumedFrom: checkpoint }] of starts.entries()) {
    const step = steps[index] ?? 0;
    // What a later start went back behind is of a line that the run left.
    const isLeft = steps.slice(index + 1).some((later) => later <= step);
    if (isLeft || typeof checkpoint !== "string") continue;
    const before = await readCheckpointConfig(checkpoint);
    resumes.push({ step, checkpoint, ...(before ? { changed: valueDifferences(optionsOf(before), config) } : {}) });
  }
  return resumes;
}

function optionsOf(config: JsonObject = {}) {
  const sections = Object.entries(config).filter(([section]) => !leftOut.has(section));
  return Object.fromEntries(flatten(Object.fromEntries(sections)));
}
