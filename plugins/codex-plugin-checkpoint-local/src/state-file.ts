import type { Checkpoint, Named, PartState } from "codex-core";
import { z } from "zod";
import { corruptCheckpoint } from "./errors.js";

const metricSchema = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);
const stateSchema = z.strictObject({
  step: z.int().min(0),
  metrics: z.record(z.string(), metricSchema),
  parts: z.record(z.string(), z.strictObject({ version: z.int().min(0), state: z.json() })),
});

/** What state.json holds. */
export interface CheckpointState {
  readonly step: number;
  readonly metrics: Named<number>;
  readonly parts: Named<PartState>;
}

/** state.json of a checkpoint: all state that is no tensor. Non-finite metrics are written as strings. */
export function encodeState({ step, metrics, parts }: Pick<Checkpoint, "step" | "metrics" | "parts">): string {
  const written = Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]),
  );
  return `${JSON.stringify({ step, metrics: written, parts }, null, 2)}\n`;
}

/** @throws CODEX_CHECKPOINT_CORRUPT when what state.json holds is not a state */
export function decodeState(raw: unknown, path: string): CheckpointState {
  const parsed = stateSchema.safeParse(raw);
  if (!parsed.success) throw corruptCheckpoint(path, `state.json is not a state: ${z.prettifyError(parsed.error)}`);
  const metrics = Object.fromEntries(Object.entries(parsed.data.metrics).map(([name, value]) => [name, Number(value)]));
  return { step: parsed.data.step, metrics, parts: parsed.data.parts };
}
