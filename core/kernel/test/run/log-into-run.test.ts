import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { logIntoRun, requireLoggable } from "#src/run/log-into-run.js";
import { RunLock } from "#src/run/run-lock.js";
import { readRunSummary } from "#src/run/run-summary.js";
import { readRows } from "./fake-run.js";

describe("logIntoRun", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    await writeFile(join(folder, "run.json"), JSON.stringify({ runId: "a", status: "finished" }));
  });
  afterEach(removeTemporaryFolders);

  const later = {
    step: 4,
    source: "evaluate",
    facts: { split: "validation" },
    metrics: { "eval/loss": 2, "eval/f1": Number.NaN },
  };

  it("appends a row under the next number, behind a line that a crash cut", async () => {
    await writeFile(join(folder, "metrics.ndjson"), '{"seq":3,"step":8,"timeMs":1,"eval/loss":1}\n{"seq":4,"st');
    await writeFile(join(folder, "events.ndjson"), '{"seq":6,"event":"sample"}\n');
    await logIntoRun(folder, later);
    const [, row] = await readRows(folder, "metrics.ndjson");
    expect(row).to.include({ seq: 7, step: 4, source: "evaluate", "eval/loss": 2, "eval/f1": "NaN" });
    const [, event] = await readRows(folder, "events.ndjson");
    expect(event).to.include({ event: "measured", row: 7, step: 4, source: "evaluate", split: "validation" });
    const { step, metrics } = readRunSummary(folder)!;
    expect(step).to.equal(8);
    expect(metrics).to.deep.equal({ "eval/loss": 2, "eval/f1": Number.NaN });
  });

  it("gives no number of a record that was cut", async () => {
    await writeFile(join(folder, "metrics.ndjson"), '{"seq":3,"step":4,"timeMs":1,"train/loss":1}\n');
    await writeFile(join(folder, "metrics.superseded.ndjson"), '{"seq":9,"step":6,"timeMs":1,"train/loss":1}\n');
    await logIntoRun(folder, later);
    const [, row] = await readRows(folder, "metrics.ndjson");
    expect(row).to.include({ seq: 10, step: 4 });
  });

  it("leaves out what the run has of the step already, and says so", async () => {
    await writeFile(join(folder, "metrics.ndjson"), '{"seq":3,"step":4,"timeMs":1,"eval/loss":1}\n');
    expect((await logIntoRun(folder, later)).kept).to.deep.equal(["eval/loss"]);
    expect((await logIntoRun(folder, later)).kept).to.deep.equal(["eval/loss", "eval/f1"]);
    const rows = await readRows(folder, "metrics.ndjson");
    expect(rows).to.have.length(2);
    expect(rows[1]).to.include({ seq: 4, "eval/f1": "NaN" }).and.not.have.property("eval/loss");
  });

  it("adds the interval of a value that it keeps, and none of another value", async () => {
    const row = { seq: 3, step: 4, timeMs: 1, "eval/loss": 1, "eval/f1": "NaN", "eval/accuracy": 0.1 + 0.2 };
    await writeFile(join(folder, "metrics.ndjson"), `${JSON.stringify(row)}\n`);
    const metrics = { ...later.metrics, "eval/accuracy": 0.3, "eval/rouge1": 5 };
    const intervals = Object.fromEntries(Object.keys(metrics).map((name) => [name, { low: 1.5, high: 6 }]));
    expect(await logIntoRun(folder, { ...later, metrics, intervals })).to.deep.equal({
      kept: ["eval/loss", "eval/f1", "eval/accuracy"],
      ofOthers: ["eval/loss"],
    });
    const [, added] = await readRows(folder, "metrics.ndjson");
    const bounds = ["f1", "accuracy", "rouge1"].flatMap((name) => [`eval/${name}.low`, `eval/${name}.high`]);
    expect(added).to.have.all.keys("seq", "step", "timeMs", "source", "eval/rouge1", ...bounds);
    expect(await logIntoRun(folder, { ...later, metrics, intervals })).to.deep.include({ ofOthers: ["eval/loss"] });
  });

  it("begins the records of a run that has none", async () => {
    await logIntoRun(folder, later);
    expect((await readRows(folder, "metrics.ndjson"))[0]).to.include({ seq: 1, step: 4 });
  });

  it("says ahead that a run's folder cannot take rows", async () => {
    await requireLoggable(folder);
    await rejection(() => requireLoggable(join(folder, "run.json/x")), "CODEX_RUN_FOLDER_FAILED");
  });

  it("leaves a run alone that is going on", async () => {
    const lock = await RunLock.acquire(folder);
    await rejection(() => logIntoRun(folder, later), "CODEX_RUN_FOLDER_LIVE");
    await lock.release();
    await logIntoRun(folder, later);
  });
});
