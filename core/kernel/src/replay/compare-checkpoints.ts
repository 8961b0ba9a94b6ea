import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CheckpointContents } from "../contracts/checkpoint-store.js";
import type { JsonObject } from "../contracts/json.js";
import { isCodexError } from "../errors/codex-error.js";
import { describeError } from "../run/run-folder.js";

/** Two checkpoints of the same step. */
export interface CheckpointComparison {
  readonly step: number;
  /** Whether both are whole and their tensors are the same, to the bit. */
  readonly sameTensors: boolean;
  /** Those that are not whole, or cannot be read; their tensors were not compared. */
  readonly damaged: readonly DamagedCheckpoint[];
}

export interface DamagedCheckpoint {
  readonly path: string;
  readonly error: JsonObject;
}

/** Reads every byte of a checkpoint and compares it with its digests, as a store's `verify` does. */
export type VerifyCheckpoint = (path: string) => Promise<CheckpointContents>;

/** Compares the checkpoints of steps that two runs have both, after their bytes were verified. */
export async function compareCheckpoints(
  original: string,
  replay: string,
  verify: VerifyCheckpoint,
): Promise<readonly CheckpointComparison[]> {
  const [before, after] = [await stepFolders(original), await stepFolders(replay)];
  const compared: CheckpointComparison[] = [];
  for (const [step, path] of before) {
    const other = after.get(step);
    if (other === undefined) continue;
    const [left, right] = [await readWhole(path, verify), await readWhole(other, verify)];
    const damaged = [left, right].filter((side) => "error" in side);
    const sameTensors = "tensors" in left && "tensors" in right && left.tensors === right.tensors;
    compared.push({ step, sameTensors, damaged });
  }
  return compared;
}

async function stepFolders(run: string): Promise<ReadonlyMap<number, string>> {
  const folder = join(run, "checkpoints");
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
  const steps = names.map((name) => [Number(name.slice(5)), join(folder, name)] as const);
  return new Map(steps.sort(([a], [b]) => a - b));
}

/** The digests of a checkpoint's tensors, or why it is not whole. */
async function readWhole(
  path: string,
  verify: VerifyCheckpoint,
): Promise<{ readonly tensors: string } | DamagedCheckpoint> {
  try {
    const { files } = await verify(path);
    const tensors = Object.entries(files).filter(([file]) => file.endsWith(".safetensors"));
    const digests = tensors.map(([file, { sha256 }]) => [file, sha256] as const);
    return { tensors: JSON.stringify(digests.sort(([a], [b]) => (a < b ? -1 : 1))) };
  } catch (error) {
    if (!isCodexError(error)) throw error;
    return { path, error: describeError(error) };
  }
}
