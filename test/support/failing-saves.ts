/**
 * Saves a checkpoint beside an earlier one, again and again, while each time another operation on files fails: run with
 * `--import fail-at.mjs`. Prints what went wrong, and how many saves failed, as JSON.
 */
import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isCodexError } from "codex-core";
import { createTestCheckpoint, silentLogger } from "codex-core/testing";
import { LocalCheckpointStore, localCheckpointOptions } from "codex-plugin-checkpoint-local";
import { contentDigest } from "./power-loss/content-digest.js";

const problems: string[] = [];
let failed = 0;

/** False when the operation is past the last one of the save: nothing failed. */
async function saveWith(failAt: string): Promise<boolean> {
  const run = mkdtempSync(join(process.env.CODEX_TEST_FAIL_BELOW!, "run "));
  const folder = join(run, "checkpoints");
  const make = () => new LocalCheckpointStore(localCheckpointOptions.parse({ keepLast: 2 }), run, silentLogger);
  const earlier = [createTestCheckpoint(1), createTestCheckpoint(2), createTestCheckpoint(3)];
  const stores = [make(), make()] as const;
  const kept = async (loading: LocalCheckpointStore) => {
    const digests: string[] = [];
    for (const { path } of await loading.list(folder)) digests.push(contentDigest(await loading.load(path)));
    return digests;
  };
  try {
    for (const checkpoint of earlier) await stores[0].save(checkpoint);
    process.env.CODEX_TEST_FAIL_AT = failAt;
    const again = createTestCheckpoint(3, { metrics: { "eval/loss": 7 } });
    const error: unknown = await stores[1].save(again).then(
      () => undefined,
      (reason) => reason,
    );
    process.env.CODEX_TEST_FAIL_AT = "";
    if (error !== undefined) failed += 1;
    if (error !== undefined && !(isCodexError(error) && error.code === "CODEX_CHECKPOINT_WRITE")) {
      problems.push(`${failAt}: ${String(error)}`);
    }
    const digests = await kept(stores[0]);
    const newest = digests.at(-1);
    if (!digests.includes(contentDigest(earlier[1]!))) problems.push(`${failAt}: step 2 is lost`);
    const may = error === undefined ? [again] : [again, earlier[2]!];
    if (!may.some((checkpoint) => contentDigest(checkpoint) === newest)) problems.push(`${failAt}: step 3 is lost`);
    await stores[0].save(createTestCheckpoint(4));
    const names = readdirSync(folder).sort().join();
    if (names !== "step-00000003,step-00000004") problems.push(`${failAt}: the next save leaves ${names}`);
    return error !== undefined;
  } finally {
    for (const store of stores) await store.dispose();
  }
}

for (const [thread, operations] of [
  ["main", 90],
  ["thread", 12],
] as const) {
  for (const code of ["EIO", "ENOSPC"]) {
    const suffix = code === "ENOSPC" ? "+" : "";
    for (let at = 1; at <= operations; at += Number(process.env.CODEX_TEST_FAIL_EVERY)) {
      await saveWith(`${thread}:${at}${suffix}:${code}`);
    }
  }
}
process.stdout.write(JSON.stringify({ failed, problems }));
