import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTemporaryFolder } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { createTinyProject } from "../tiny-run.js";
import { contentDigest } from "./content-digest.js";
import { Disk } from "./disk.js";
import { liveState } from "./power-cuts.js";
import { type CheckSettings, PowerLossCheck } from "./power-loss-check.js";
import type { Kept } from "./promises.js";
import { recordTrace, type TraceEntry } from "./trace.js";

/** States need no real disk: a memory file system spares what their syncs would cost. */
const scratch = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Records the saves of record-saves.ts and cuts the power at every point of them. */
export async function checkSaves(settings: CheckSettings) {
  const root = await createTemporaryFolder();
  const trace = await recordTrace<Kept>("./record-saves.ts", root);
  return check(trace, root, settings);
}

/** Records the training of record-training.ts and cuts the power at every point of what it does to checkpoints. */
export async function checkTraining(settings: CheckSettings) {
  const project = createTinyProject();
  try {
    const recorded = await recordTrace<TrainingFacts>("./record-training.ts", project.folder);
    const trace = await keptOf(recorded, join(project.folder, checkpoints));
    return await check(trace, project.folder, settings);
  } finally {
    project.dispose();
  }
}

const checkpoints = "runs/run/checkpoints";

type TrainingFacts = { readonly saved: number } | { readonly resumed: number } | { readonly savedAgain: number };

async function check(trace: readonly TraceEntry<Kept>[], root: string, settings: CheckSettings) {
  const unrecorded = differences(trace, root);
  if (unrecorded.length > 0) throw new Error(`The trace does not lead to what is there: ${unrecorded.join(", ")}`);
  const powerLoss = new PowerLossCheck(trace, { scratch, ...settings });
  try {
    await powerLoss.everyPoint();
    return { operations: trace.length, states: powerLoss.states, failures: powerLoss.failures };
  } finally {
    await powerLoss.dispose();
  }
}

/** Paths of checkpoints that a trace leaves otherwise than they are: something was done past the recorder. */
function differences(trace: readonly TraceEntry<Kept>[], root: string): readonly string[] {
  const disk = new Disk();
  for (const entry of trace) if (entry.op !== "mark") disk.apply(entry);
  const recorded = new Map([...liveState(disk)].filter(([path]) => path.startsWith(`${checkpoints}/`)));
  const real = readdirSync(join(root, checkpoints), { recursive: true, encoding: "utf8" });
  const names = new Set([...recorded.keys(), ...real.map((name) => `${checkpoints}/${name.split("\\").join("/")}`)]);
  return [...names].filter((name) => {
    const content = recorded.get(name);
    const path = join(root, name);
    if (content === undefined || !existsSync(path)) return true;
    return statSync(path).isDirectory()
      ? content !== "folder"
      : content === "folder" || !content.equals(readFileSync(path));
  });
}

/** Of a training's trace what concerns checkpoints, with marks of what is kept. */
async function keptOf(
  trace: readonly TraceEntry<TrainingFacts>[],
  folder: string,
): Promise<readonly TraceEntry<Kept>[]> {
  const store = new LocalCheckpointStore(localCheckpointOptions.parse({}), undefined, console);
  const digestsOf = async (path: string) => {
    const found = await store.list(path);
    return Promise.all(found.map(async ({ path, step }) => ({ step, digest: contentDigest(await store.load(path)) })));
  };
  const aside = readdirSync(folder).find((name) => name.startsWith("superseded-"))!;
  const inPlace = await digestsOf(folder);
  const superseded = await digestsOf(join(folder, aside));
  const upTo = (all: readonly { readonly step: number; readonly digest: string }[], last: number) =>
    all.filter(({ step }) => step <= last).map(({ digest }) => digest);
  const resumedAt = inPlace[0]!.step;
  return trace.flatMap((entry): readonly TraceEntry<Kept>[] => {
    if (entry.op !== "mark") return concernsCheckpoints(entry) ? [entry] : [];
    if ("saved" in entry)
      return [{ op: "mark", kept: [...upTo(inPlace, resumedAt), ...upTo(superseded, entry.saved)] }];
    if ("savedAgain" in entry) return [{ op: "mark", kept: upTo(inPlace, entry.savedAgain) }];
    return [{ op: "mark", kept: upTo(inPlace, resumedAt), setAside: superseded.map(({ digest }) => digest) }];
  });
}

/** Whether an operation is on checkpoints or on a folder above them. */
function concernsCheckpoints(entry: Exclude<TraceEntry<TrainingFacts>, { readonly op: "mark" }>): boolean {
  const path = "path" in entry ? entry.path : entry.from;
  return path.startsWith(checkpoints) || checkpoints.startsWith(path === "" ? path : `${path}/`);
}
