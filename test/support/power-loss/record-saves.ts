/**
 * Saves checkpoints into `runs/run` of CODEX_TEST_TRACE_ROOT while record-files.mjs records: three, the third again with
 * other content, a fourth that makes the first go; the last two are set aside, and another one is saved.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createTestCheckpoint, silentLogger } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { setAside } from "../../../core/kernel/dist/run/set-aside.js";
import { contentDigest } from "./content-digest.js";
import { markTrace } from "./trace.js";

const run = join(process.env.CODEX_TEST_TRACE_ROOT!, "runs", "run");
const folder = join(run, "checkpoints");

// As the kernel does before a run begins.
await mkdir(folder, { recursive: true });
const store = new LocalCheckpointStore(localCheckpointOptions.parse({ keepLast: 3, keepBest: 0 }), run, silentLogger);

async function digests(): Promise<string[]> {
  const kept: string[] = [];
  for (const { path } of await store.list(folder)) kept.push(contentDigest(await store.load(path)));
  return kept;
}

async function save(step: number, loss: number): Promise<void> {
  const checkpoint = createTestCheckpoint(step, { metrics: { "train/loss": loss } });
  await store.save(checkpoint);
  const kept = await digests();
  if (kept.at(-1) !== contentDigest(checkpoint))
    throw new Error("The newest checkpoint is not the one that was saved.");
  markTrace({ kept });
}

await save(10, 5);
await save(20, 4);
await save(30, 3);
await save(30, 2);
await save(40, 1);
const before = await digests();
await setAside(folder, 20);
const kept = await digests();
markTrace({ kept, setAside: before.filter((digest) => !kept.includes(digest)) });
await save(50, 0);
await store.dispose();
