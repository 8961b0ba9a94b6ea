import assert from "node:assert/strict";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { TrackerPoint } from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createOddRecords,
  createRunDescription,
  createTemporaryFolder,
  removeTemporaryFolders,
} from "codex-core/testing";
import { z } from "zod";
import plugin, { options } from "../index.js";

const create = (folder) => createFromPlugin(plugin, TrackerPoint, "jsonl", { options: { folder } });

/** The lines of a run's file, parsed. */
async function linesOf(folder, runId) {
  const text = await readFile(join(folder, `${runId}.jsonl`), "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe("codex-plugin-tracker-jsonl", () => {
  afterEach(removeTemporaryFolders);

  it("cuts a torn line and writes what is missing, once", async () => {
    const run = createRunDescription(await createTemporaryFolder());
    // Within a run no two records have one number.
    const odd = createOddRecords().map((record) => ({ ...record, sequence: record.sequence + 100 }));
    const records = [...createMetricsRecords(1, 3), ...odd];
    const first = await create(run.folder);
    const saved = await first.open(run);
    await first.write(records.slice(0, 2));
    await appendFile(join(run.folder, `${run.runId}.jsonl`), '{"sequence":99,"kind":"met');
    const second = await create(run.folder);
    await second.open(run, saved);
    const signal = new AbortController().signal;
    await second.write(await second.missing(records, signal), signal);
    const outcome = { status: "finished", endedAtMs: 5 };
    await second.close(outcome);
    await second.open(run, saved);
    await second.close(outcome);
    const lines = await linesOf(run.folder, run.runId);
    assert.deepEqual(
      lines.map(({ kind }) => kind),
      ["run", ...records.map(({ kind }) => kind), "end"],
    );
    assert.deepEqual(
      lines.slice(1, -1).map(({ sequence }) => sequence),
      records.map(({ sequence }) => sequence),
    );
  });

  it("has a schema file that says what its options say", async () => {
    const file = new URL("../schema/tracker-jsonl.schema.json", import.meta.url);
    const written = JSON.parse(await readFile(file, "utf8"));
    assert.deepEqual(written, JSON.parse(JSON.stringify(z.toJSONSchema(options, { io: "input" }))));
  });

  it("makes its folder in the run's own, named after the tracker, where none is set", async () => {
    const run = createRunDescription(await createTemporaryFolder());
    const tracker = await createFromPlugin(plugin, TrackerPoint, "jsonl", { context: { name: "mine" } });
    await tracker.open(run);
    assert.deepEqual(await readdir(join(run.folder, "mine")), [`${run.runId}.jsonl`]);
  });
});
