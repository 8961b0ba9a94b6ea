import type { Json, LoadedCheckpoint, PartState } from "codex-core";
import { z } from "zod";
import { trainerErrors } from "../errors.js";
import { earlyStoppingStateSchema } from "./early-stopping.js";
import { guardStateSchema } from "./step-guard.js";

/** Version of what is written now. 1 did not know what of its step was done, 2 knew no portions. */
const stateVersion = 3;

const identitySchema = z.strictObject({
  seed: z.int().min(0),
  data: z.string(),
  microBatch: z.int().min(1),
  contextLength: z.int().min(1),
});

const stateSchema = z.strictObject({
  identity: identitySchema,
  position: z.int().min(0),
  /** How many portions each microBatch is computed in. */
  portions: z.int().min(1),
  guard: guardStateSchema,
  earlyStopping: earlyStoppingStateSchema.nullable(),
  /** Whether the step that the checkpoint is of was evaluated, and a sample of it written, where they were due. */
  evaluated: z.boolean(),
  sampled: z.boolean(),
});

/** What gives a data position its meaning. */
export type RunIdentity = z.infer<typeof identitySchema>;

/**
 * The trainer's part of a checkpoint: with the tensors and the step, all that the rest of the run depends on.
 * Schedules and random masks are functions of step and seed.
 */
export type TrainerState = z.infer<typeof stateSchema>;

export function saveTrainerState(state: TrainerState): PartState {
  return { version: stateVersion, state: state as Json };
}

/**
 * The trainer's state in a checkpoint of a run with the same identity.
 *
 * @throws CODEX_TRAIN_RESUME_MISMATCH when there is none, or it is of other data, batches or seed.
 */
export function loadTrainerState(
  checkpoint: LoadedCheckpoint,
  identity: RunIdentity,
  allowChanged: readonly "data"[] = [],
): TrainerState {
  const parsed = stateSchema.safeParse(migrated(checkpoint.parts.trainer));
  if (!parsed.success) {
    throw trainerErrors.CODEX_TRAIN_RESUME_MISMATCH({
      what: "The checkpoint holds no state of this trainer, so the run cannot go on from it.",
      where: checkpoint.path,
      cause: parsed.error,
    });
  }
  const saved = parsed.data.identity;
  const labels = { seed: "run.seed", data: "data or tokenizer", microBatch: "trainer.microBatch" };
  for (const [key, label] of Object.entries({ ...labels, contextLength: "model.contextLength" })) {
    const name = key as keyof RunIdentity;
    if (saved[name] !== identity[name] && !(name === "data" && allowChanged.includes("data"))) {
      throw trainerErrors.CODEX_TRAIN_RESUME_MISMATCH({
        what: `The checkpoint was made with another ${label}: ${saved[name]}, now ${identity[name]}.`,
        where: checkpoint.path,
      });
    }
  }
  return parsed.data;
}

/** A state of any version, in the form of the newest; undefined where this version knows no way. */
function migrated(part: PartState | undefined): unknown {
  if (part?.version === stateVersion) return part.state;
  const older = { ...(part?.state as object | undefined), portions: 1 };
  if (part?.version === 2) return older;
  return part?.version === 1 ? { ...older, evaluated: true, sampled: true } : undefined;
}
